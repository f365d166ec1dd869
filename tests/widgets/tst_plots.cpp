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
#include <QWheelEvent>

#include <cmath>
#include <ctime>
#include <functional>
#include <set>

#include "widgets/frame/theme.h"
#include "widgets/plots/crosshair_group.h"
#include "widgets/plots/density_scatter.h"
#include "widgets/plots/frontier.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/histogram.h"
#include "widgets/plots/parallel_coordinates.h"
#include "widgets/plots/plot_canvas.h"
#include "widgets/plots/plot_ticks.h"
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

    static HeatMapData longHead(int events)
    {
        auto values = std::make_shared<std::vector<float>>(static_cast<std::size_t>(events) * events);
        for (std::size_t i = 0; i < values->size(); ++i)
            (*values)[i] = static_cast<float>(i % 97) / 97.0F;
        HeatMapData data;
        data.owner = values;
        data.values = values->data();
        data.rows = data.columns = events;
        data.style.causal = true;
        data.style.rowNormalised = true;
        data.style.high = 0;
        return data;
    }

    static double processorMilliseconds(const std::function<void()>& work)
    {
        const auto now = [] {
            timespec time{};
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
            return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
        };
        const double before = now();
        work();
        return now() - before;
    }

    static void wheel(QWidget& widget, int delta, Qt::KeyboardModifiers modifiers)
    {
        const QPointF at = widget.rect().center();
        QWheelEvent event(
            at, widget.mapToGlobal(at), {}, QPoint(0, delta), Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&widget, &event);
    }

private slots:
    // A note stands at the corner of its point that no line crosses; a lone value is a point.
    void notesKeepClearOfLines()
    {
        Theme theme;
        PlotModel model;
        model.x.name = QStringLiteral("epoch");
        PlotSeries line;
        line.slot = 0;
        for (int i = 0; i <= 10; ++i) {
            line.x.push_back(i);
            line.y.push_back(i <= 4 ? i : 8 - i); // a peak at 4, then down through where a note would stand first
        }
        model.series = {line};
        model.y.high = 6.0;
        model.notes = {{QPointF(4, 4), QStringLiteral("best 4 at epoch 4"), PlotTone::Accent, true}};
        PlotCanvas canvas(theme);
        canvas.resize(500, 300);
        canvas.show(model, theme.palette(), false);
        canvas.replot();
        QCPItemText* note = nullptr;
        for (int i = 0; i < canvas.itemCount(); ++i)
            if (auto* text = qobject_cast<QCPItemText*>(canvas.item(i)); text && text->text().startsWith(u"best"))
                note = text;
        QVERIFY(note);
        const QRectF words
            = QRectF(note->topLeft->pixelPosition(), note->bottomRight->pixelPosition()).adjusted(9, 8, -9, -8);
        QVERIFY(words.width() > 40);
        for (double x = 0; x <= 10; x += 0.01) {
            const QPointF at = canvas.toPixel(x, x <= 4 ? x : 8 - x);
            QVERIFY2(!words.contains(at), qPrintable(QStringLiteral("crossed at %1").arg(x)));
        }
    }

    void aLoneValueIsAPoint()
    {
        Theme theme;
        const auto colouredPixels = [&theme](const std::vector<double>& y) {
            PlotModel model;
            PlotSeries line;
            line.slot = 0;
            line.y = y;
            for (std::size_t i = 0; i < y.size(); ++i)
                line.x.push_back(static_cast<double>(i + 1));
            model.series = {line};
            PlotCanvas canvas(theme);
            canvas.resize(300, 200);
            canvas.show(model, theme.palette(), false);
            canvas.replot();
            const QImage image = canvas.toPixmap().toImage();
            const QColor mark = theme.palette().run(0).mark;
            int count = 0;
            for (int row = 0; row < image.height(); ++row)
                for (int column = 0; column < image.width(); ++column)
                    count += image.pixelColor(column, row).rgb() == mark.rgb() ? 1 : 0;
            return count;
        };
        const double gap = std::nan("");
        QVERIFY(colouredPixels({0.5}) > 10);
        QVERIFY(colouredPixels({gap, 0.5, gap}) > 10);
        QCOMPARE(colouredPixels({gap, gap}), 0);
    }

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

    void labelsOfVerticalLinesStandAboveTheData()
    {
        Theme theme;
        theme.apply();
        PlotModel model = twoRuns();
        PlotView plain(theme, QStringLiteral("Plain"), QStringLiteral("plain"));
        plain.setModel(model);
        const double highest = 0.2;
        model.references = {{Qt::Vertical, 3.0, QStringLiteral("median 3"), PlotTone::Neutral, true},
            {Qt::Vertical, 5.0, QStringLiteral("cut"), PlotTone::Accent, false}, {Qt::Vertical, 6.0, {}}};
        PlotView labelled(theme, QStringLiteral("Labelled"), QStringLiteral("labelled"));
        labelled.setModel(model);
        const auto shareAbove = [&](const PlotView& view) {
            const QRectF range = view.visibleRange();
            const double top = std::max(range.top(), range.bottom());
            return (top - highest) / std::abs(range.height());
        };
        QVERIFY(shareAbove(plain) < 0.1);
        QVERIFY(shareAbove(labelled) >= 2 * 0.085);
        model.y.log = true;
        labelled.setModel(model);
        const QRectF range = labelled.visibleRange();
        const double low = std::min(range.top(), range.bottom()), top = std::max(range.top(), range.bottom());
        QVERIFY(std::log(top / highest) / std::log(top / low) >= 2 * 0.085);
    }

    // The name of a histogram's peak, between the edge of the plot and a reference line that is nearer than it is wide.
    void labelsOfPointsKeepClearOfReferenceLines()
    {
        Theme theme;
        PlotModel model = twoRuns();
        model.series.resize(1);
        model.series[0].labels.resize(model.series[0].x.size());
        model.series[0].labels[0] = QStringLiteral("a name of some length: p95 0.143");
        model.references = {{Qt::Vertical, 2.5, {}}, {Qt::Vertical, 9.5, {}}};
        PlotCanvas canvas(theme);
        canvas.resize(420, 260);
        canvas.show(model, theme.palette(), false);
        canvas.replot();
        QCPItemText* label = nullptr;
        for (int i = 0; i < canvas.itemCount(); ++i)
            if (auto* text = qobject_cast<QCPItemText*>(canvas.item(i)); text && text->text().startsWith(u"a name"))
                label = text;
        QVERIFY(label);
        const double left = label->topLeft->pixelPosition().x(), right = label->bottomRight->pixelPosition().x();
        QVERIFY(right - left > 100);
        for (const ReferenceLine& line : model.references) {
            const double x = canvas.toPixel(line.value, 0).x();
            QVERIFY2(right < x || left > x, qPrintable(QStringLiteral("%1 in %2 to %3").arg(x).arg(left).arg(right)));
        }
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

    // A history of 1,024 events stays smooth: processor time of this thread, whatever else the machine does.
    void longHistoryIsPaintedQuickly()
    {
        constexpr int events = 1024;
        Theme theme;
        theme.apply();
        HeatMap map(theme, QStringLiteral("Head"), QStringLiteral("head"));
        map.setData(longHead(events));
        map.resize(640, 640);
        QImage screen(map.size(), QImage::Format_ARGB32_Premultiplied);
        const double first = processorMilliseconds([&] { map.render(&screen); });
        map.show();
        QVERIFY(QTest::qWaitForWindowExposed(&map));
        double worst = 0;
        for (int i = 0; i < 50; ++i) {
            const QPoint at = map.cellRect(900, 10 * i).center();
            worst = std::max(worst, processorMilliseconds([&] {
                QTest::mouseMove(&map, at);
                map.repaint(map.rect());
            }));
        }
        map.setLast(20);
        for (int i = 0; i < 50; ++i) {
            worst = std::max(worst, processorMilliseconds([&] {
                QTest::keyClick(&map, Qt::Key_PageUp);
                map.repaint(map.rect());
            }));
        }
        qInfo("1,024 events: first paint %.1f ms, worst step %.1f ms of processor time", first, worst);
        QVERIFY2(first < 50, qPrintable(QString::number(first)));
        QVERIFY2(worst < 16, qPrintable(QString::number(worst)));
    }

    // What is seen of a long history moves by wheel and keys, and only what is seen is labelled and exported.
    void heatMapScrollsAlongTheDiagonal()
    {
        Theme theme;
        HeatMap map(theme, QStringLiteral("Head"), QStringLiteral("head"));
        HeatMapData data = longHead(100);
        std::set<int> asked;
        data.rowTitle = [&asked](int row) {
            asked.insert(row);
            return QString::number(row);
        };
        map.setData(std::move(data));
        map.resize(640, 640);
        map.show();
        QVERIFY(QTest::qWaitForWindowExposed(&map));
        map.setLast(20);
        QCOMPARE(map.shownCells(), QRect(80, 80, 20, 20));
        asked.clear();
        map.grab();
        QCOMPARE(*asked.begin(), 80);
        QCOMPARE(asked.size(), std::size_t(20));
        QSignalSpy scrolled(&map, &HeatMap::scrolled);
        wheel(map, 120, {});
        QCOMPARE(map.shownCells(), QRect(77, 77, 20, 20));
        wheel(map, 120, Qt::ShiftModifier); // columns alone: further back
        QCOMPARE(map.shownCells(), QRect(74, 77, 20, 20));
        wheel(map, -1200, Qt::ShiftModifier); // never past the diagonal
        QCOMPARE(map.shownCells(), QRect(77, 77, 20, 20));
        QTest::keyClick(&map, Qt::Key_Home);
        QCOMPARE(map.shownCells(), QRect(0, 0, 20, 20));
        QTest::keyClick(&map, Qt::Key_End);
        QCOMPARE(map.shownCells(), QRect(80, 80, 20, 20));
        QCOMPARE(scrolled.count(), 5);
        // An arrow at the edge brings the next event into view.
        for (int i = 0; i < 20; ++i)
            QTest::keyClick(&map, Qt::Key_Up);
        QCOMPARE(map.shownCells().top(), 79);
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

    void wholeNumbersHaveTicksAtWholeNumbers()
    {
        QCustomPlot plot;
        plot.resize(220, 200);
        PlotAxis epochs;
        epochs.decimals = 0;
        plot.xAxis->setTicker(tickerFor(epochs, plot.xAxis));
        for (const double last : {2.0, 3.0, 4.0, 7.0, 11.0, 12.0, 13.0, 30.0}) {
            plot.xAxis->setRange(1, last);
            plot.replot();
            QVERIFY(plot.xAxis->tickVector().size() >= 2);
            for (const double tick : plot.xAxis->tickVector())
                QCOMPARE(tick, std::floor(tick));
        }
    }

    void frontierJoinsOnlyOneGroup()
    {
        const auto point = [](const char* name, double cost, double score, const char* group) {
            const QString text = QString::fromLatin1(name);
            return FrontierPoint{text, 0, cost, cost, cost, score, 0, QString::fromLatin1(group), text};
        };
        const std::vector<FrontierPoint> points{point("slow", 20, 0.17, "m1"), point("fast", 2, 0.16, "m1"),
            point("beaten", 30, 0.15, "m1"), point("other", 1, 0.10, "m2")};
        QCOMPARE(paretoFront(points, QStringLiteral("m1")), (std::vector<std::size_t>{1, 0}));
        QCOMPARE(paretoFront(points, QStringLiteral("m2")), std::vector<std::size_t>{3});
        const PlotModel model = frontierModel(points, {}, {});
        for (std::size_t s = 0; s < model.series.size(); ++s)
            QCOMPARE(frontierRun(points, static_cast<int>(s)), model.series[s].name); // lines have neither
        QVERIFY(frontierRun(points, static_cast<int>(model.series.size())).isEmpty());
        // Up, and on to the dearest point of the machine, which it beats.
        QCOMPARE(model.series[0].x, (std::vector<double>{2, 20, 20, 30}));
        QCOMPARE(model.series[0].y, (std::vector<double>{0.16, 0.16, 0.17, 0.17}));
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
