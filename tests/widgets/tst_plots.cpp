// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QAbstractItemModelTester>
#include <QAccessible>
#include <QApplication>
#include <QBuffer>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "widgets/frame/theme.h"
#include "widgets/plots/crosshair_group.h"
#include "widgets/plots/density_scatter.h"
#include "widgets/plots/frontier.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/histogram.h"
#include "widgets/plots/parallel_coordinates.h"
#include "widgets/plots/plot_view.h"

using namespace recoscope;

// Charts: what is seen, keys and mouse, shared crosshair, export of exactly the shown numbers.
class PlotsTest : public QObject {
    Q_OBJECT

private:
    static PlotModel twoRuns()
    {
        PlotModel model;
        model.x.name = QStringLiteral("epoch");
        model.y.name = QStringLiteral("NDCG@10");
        model.y.decimals = 4;
        model.protocolHash = QStringLiteral("7c1f");
        model.seed = QStringLiteral("42");
        model.series.resize(2);
        for (int slot = 0; slot < 2; ++slot) {
            PlotSeries& s = model.series[static_cast<std::size_t>(slot)];
            s.name = slot == 0 ? QStringLiteral("alpha") : QStringLiteral("beta");
            s.slot = slot;
            for (int i = 1; i <= 10; ++i) {
                s.x.push_back(i);
                s.y.push_back(0.01 * i * (slot + 1));
            }
        }
        return model;
    }

private slots:
    void crosshairIsSharedAndStepsByKey()
    {
        Theme theme;
        theme.apply();
        CrosshairGroup group;
        PlotView a(theme, QStringLiteral("A"), QStringLiteral("a"));
        PlotView b(theme, QStringLiteral("B"), QStringLiteral("b"));
        for (PlotView* view : {&a, &b}) {
            view->setCrosshairGroup(&group);
            view->setModel(twoRuns());
            view->resize(500, 300);
            view->show();
        }
        QTest::keyClick(&a, Qt::Key_Right);
        QTest::keyClick(&a, Qt::Key_Right);
        QCOMPARE(group.position().value(), 2.0);
        QVERIFY(b.readOut().contains(QStringLiteral("alpha 0.0200")));
        QVERIFY(b.readOut().contains(QStringLiteral("beta 0.0400")));
        QTest::keyClick(&a, Qt::Key_Return);
        group.hover(7.0);
        QCOMPARE(group.position().value(), 2.0); // locked
        QTest::keyClick(&a, Qt::Key_Escape);
        QVERIFY(!group.position());
    }

    void wheelZoomsAndDoubleClickResets()
    {
        Theme theme;
        PlotView view(theme, QStringLiteral("A"), QStringLiteral("a"));
        view.setModel(twoRuns());
        view.resize(500, 300);
        view.show();
        const QRectF whole = view.visibleRange();
        QTest::keyClick(&view, Qt::Key_Plus);
        QVERIFY(view.visibleRange().width() < whole.width());
        QTest::mouseDClick(&view, Qt::LeftButton, {}, QPoint(250, 150));
        QCOMPARE(view.visibleRange(), whole);
    }

    void logSwitchIsRefusedForBars()
    {
        Theme theme;
        PlotView view(theme, QStringLiteral("A"), QStringLiteral("a"));
        PlotModel bars = twoRuns();
        bars.series[0].mark = PlotMark::Bars;
        view.setModel(bars);
        view.setLogY(true);
        QVERIFY(!view.model().y.log);
        view.setModel(twoRuns());
        QTest::keyClick(&view, Qt::Key_L, Qt::ShiftModifier);
        QVERIFY(view.model().y.log);
    }

    void exportsEveryFormat()
    {
        Theme theme;
        theme.apply();
        PlotView view(theme, QStringLiteral("Validation"), QStringLiteral("a"));
        view.setModel(twoRuns());
        view.resize(400, 250);
        view.show();
        QTemporaryDir folder;
        const auto file = [&](const char* name) { return folder.filePath(QLatin1String(name)); };
        exportToFile(view, ExportFormat::Csv, file("a.csv"));
        exportToFile(view, ExportFormat::Svg, file("a.svg"));
        exportToFile(view, ExportFormat::Pdf, file("a.pdf"));
        exportToFile(view, ExportFormat::Png, file("a.png"), 2);
        QFile csv(file("a.csv"));
        QVERIFY(csv.open(QIODevice::ReadOnly));
        const QByteArray text = csv.readAll();
        QVERIFY(text.startsWith("# Validation\n# protocol 7c1f\n# seed 42\nepoch,alpha,beta\n1,0.01,0.02\n"));
        QCOMPARE(text.count('\n'), 14);
        QFile svg(file("a.svg"));
        QVERIFY(svg.open(QIODevice::ReadOnly));
        QVERIFY(svg.readAll().contains(">epoch</text>")); // text stays text
        QFile pdf(file("a.pdf"));
        QVERIFY(pdf.open(QIODevice::ReadOnly));
        QVERIFY(pdf.readAll().startsWith("%PDF"));
        QCOMPARE(QImage(file("a.png")).size(), QSize(800, 500));
    }

    void summaryIsReadAloud()
    {
        Theme theme;
        PlotView view(theme, QStringLiteral("Validation"), QStringLiteral("a"));
        view.setModel(twoRuns());
        QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(&view);
        QCOMPARE(interface->text(QAccessible::Name), QStringLiteral("Validation"));
        QVERIFY(interface->text(QAccessible::Description)
                    .contains(QStringLiteral("beta: 10 points, from 0.0200 to 0.2000")));
    }

    void heatMapPoolsAndMasks()
    {
        // One strong cell among 1,024² weak ones is still seen in a picture of 100².
        std::vector<float> values(1024 * 1024, 0.0F);
        values[900 * 1024 + 333] = 1.0F;
        const HeatBlock block{values.data(), 1024, 0, 0, 1024, 1024};
        HeatStyle style;
        style.causal = true;
        const QImage image = heatImage(block, style, false, QSize(100, 100));
        QCOMPARE(image.size(), QSize(100, 100));
        QCOMPARE(image.pixelColor(333 * 100 / 1024, 900 * 100 / 1024), QColor(0x08306B));
        QCOMPARE(qAlpha(image.pixel(99, 0)), 0); // masked: transparent
        QCOMPARE(heatMaximum(block, style), 1.0);
    }

    void heatMapRowsAreNormalised()
    {
        const std::vector<float> values{2.0F, 9.0F, 1.0F, 3.0F};
        const HeatBlock block{values.data(), 2, 0, 0, 2, 2};
        HeatStyle style;
        style.causal = true;
        style.rowNormalised = true;
        QCOMPARE(heatValue(block, style, 0, 0), 1.0); // the masked 9 does not count
        QCOMPARE(heatValue(block, style, 1, 1), 0.75);
    }

    void heatMapKeysStayUnderTheDiagonal()
    {
        Theme theme;
        auto values = std::make_shared<std::vector<float>>(16, 0.5F);
        HeatMap map(theme, QStringLiteral("Head"), QStringLiteral("head"));
        HeatMapData data;
        data.owner = values;
        data.values = values->data();
        data.rows = data.columns = 4;
        data.style.causal = true;
        map.setData(data);
        map.resize(400, 400);
        map.show();
        QSignalSpy hovered(&map, &HeatMap::cellHovered);
        QTest::keyClick(&map, Qt::Key_Up); // from (3, 3) to row 2: column 3 would be masked
        QCOMPARE(hovered.last()[0].toInt(), 2);
        QCOMPARE(hovered.last()[1].toInt(), 2);
    }

    void densityRectangleChoosesPoints()
    {
        Theme theme;
        DensityScatter scatter(theme, QStringLiteral("Ranks"), QStringLiteral("ranks"));
        scatter.setData({{1, 10, 100, 1000}, {1000, 100, 10, 1}, {}, {}, {}, {}, {}, {}, {}});
        scatter.resize(400, 400);
        scatter.show();
        QSignalSpy selected(&scatter, &DensityScatter::selected);
        const QPoint at = scatter.pixelOf(1).toPoint();
        QTest::mousePress(&scatter, Qt::LeftButton, {}, at - QPoint(20, 20));
        QTest::mouseMove(&scatter, at + QPoint(20, 20));
        QTest::mouseRelease(&scatter, Qt::LeftButton, {}, at + QPoint(20, 20));
        QCOMPARE(scatter.selectedPoints(), std::vector<int>{1});
        QTest::keyClick(&scatter, Qt::Key_Escape);
        QVERIFY(scatter.selectedPoints().empty());
    }

    void brushKeepsLinesInsideEveryBrush()
    {
        Theme theme;
        ParallelCoordinates chart(theme, QStringLiteral("Runs"), QStringLiteral("runs"));
        chart.setData({{QStringLiteral("width"), false, {}}, {QStringLiteral("ndcg"), false, {}}},
            {{QStringLiteral("a"), -1, {32, 0.1}}, {QStringLiteral("b"), -1, {64, 0.2}},
                {QStringLiteral("c"), -1, {64, NAN}}});
        chart.setBrush(0, std::pair(50.0, 70.0));
        QCOMPARE(chart.brushedLines(), (std::vector<int>{1, 2}));
        chart.setBrush(1, std::pair(0.15, 0.3)); // a missing value is never inside
        QCOMPARE(chart.brushedLines(), std::vector<int>{1});
        chart.clearBrushes();
        QCOMPARE(chart.brushedLines().size(), std::size_t(3));
    }

    void frontierJoinsOnlyOneGroup()
    {
        const std::vector<FrontierPoint> points{{QStringLiteral("slow"), 0, 20, 20, 20, 0.17, 0, QStringLiteral("m1")},
            {QStringLiteral("fast"), 1, 2, 2, 2, 0.16, 0, QStringLiteral("m1")},
            {QStringLiteral("beaten"), 2, 30, 30, 30, 0.15, 0, QStringLiteral("m1")},
            {QStringLiteral("other"), 3, 1, 1, 1, 0.10, 0, QStringLiteral("m2")}};
        QCOMPARE(paretoFront(points, QStringLiteral("m1")), (std::vector<std::size_t>{1, 0}));
        QCOMPARE(paretoFront(points, QStringLiteral("m2")), std::vector<std::size_t>{3});
    }

    void histogramPlacesValuesAmongBars()
    {
        const Histogram histogram{{1, 10, 100, 1000}, {5, 3, 1}, true};
        QCOMPARE(histogramPosition(histogram, 1), -0.5);
        QCOMPARE(histogramPosition(histogram, 10), 0.5);
        QVERIFY(std::fabs(histogramPosition(histogram, std::sqrt(1000.0)) - 1.0) < 1e-9);
    }
};

QTEST_MAIN(PlotsTest)
#include "tst_plots.moc"
