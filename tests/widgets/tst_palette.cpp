// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QTest>

#include "widgets/frame/palette.h"

using namespace recoscope;

// Contrast of every pair of colours that meet on screen, in both themes.
class PaletteTest : public QObject {
    Q_OBJECT

private slots:
    void everyPairIsReadable_data()
    {
        QTest::addColumn<QColor>("ink");
        QTest::addColumn<QColor>("ground");
        QTest::addColumn<double>("least");
        for (const Palette* p : {&Palette::light(), &Palette::darkOne()}) {
            const auto add = [p](const char* name, const QColor& ink, const QColor& ground, double least) {
                QTest::addRow("%s, %s", name, p->dark ? "dark" : "light") << ink << ground << least;
            };
            add("text on surface", p->text, p->surface, 13.4);
            add("text on accent soft", p->text, p->accentSoft, 4.5);
            add("text 2 on surface", p->text2, p->surface, 5.5);
            add("text 2 on rail", p->text2, p->rail, 4.5);
            add("text 3 on surface", p->text3, p->surface, 4.5);
            add("text 3 on window", p->text3, p->window, 4.5);
            add("on accent", p->onAccent, p->accent, 4.5);
            add("accent text on soft", p->accentText, p->accentSoft, 4.5);
            add("border on surface", p->border, p->surface, 3.0);
            add("neutral line on surface", p->neutralLine, p->surface, 3.0);
            add("focus text", p->focusText, p->surface, 4.5);
            add("focus mark", p->focusMark, p->surface, 3.0);
            for (const StatusColours& s : {p->good, p->bad, p->warn, p->info}) {
                add("status line", s.line, p->surface, 4.5);
                add("status text on soft", s.text, s.soft, 4.5);
            }
            for (const RunColours& run : p->runs) {
                add("run mark", run.mark, p->surface, 3.0);
                add("run text", run.text, p->surface, 4.5);
            }
        }
    }
    void everyPairIsReadable()
    {
        QFETCH(QColor, ink);
        QFETCH(QColor, ground);
        QFETCH(double, least);
        QVERIFY2(contrastRatio(ink, ground) >= least, qPrintable(QString::number(contrastRatio(ink, ground))));
    }

    void slotsDifferByShapeAndDash()
    {
        QSet<int> shapes;
        QSet<QString> dashes;
        for (int slot = 0; slot < runSlots; ++slot) {
            shapes << static_cast<int>(runShape(slot));
            QString text;
            for (const double dash : runDashes(slot))
                text += QString::number(dash) + QLatin1Char('-');
            dashes << text;
        }
        QCOMPARE(shapes.size(), runSlots);
        QCOMPARE(dashes.size(), runSlots);
        QVERIFY(runShape(runSlots) == RunShape::None);
    }

    void mapsRunFromZeroToTheirEnds()
    {
        // Dark theme: dark is zero. Signed: blue is positive, in both.
        QVERIFY(QColor(colourTable(ColourMap::Magnitude, true)[0]).lightness() < 40);
        QVERIFY(QColor(colourTable(ColourMap::Magnitude, false)[0]).lightness() > 240);
        for (const bool dark : {false, true}) {
            const QColor positive(colourTable(ColourMap::Signed, dark)[200]);
            const QColor negative(colourTable(ColourMap::Signed, dark)[55]);
            QVERIFY(positive.blue() > positive.red());
            QVERIFY(negative.red() > negative.blue());
        }
    }
};

QTEST_APPLESS_MAIN(PaletteTest)
#include "tst_palette.moc"
