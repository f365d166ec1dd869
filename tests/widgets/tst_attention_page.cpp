// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QComboBox>
#include <QPushButton>
#include <QTabWidget>
#include <QToolButton>

#include <algorithm>
#include <numeric>

#include "page_world.h"
#include "widgets/core/attention_reading.h"
#include "widgets/frame/exportable.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/plots/heat_grid.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/row_bars.h"
#include "widgets/views/attention/attention_view.h"

using namespace recoscope;

class TestAttentionPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_world = std::make_unique<PageWorld>(); }
    void cleanupTestCase() { m_world.reset(); }
    void init()
    {
        m_world->choose();
        m_page = m_world->open<AttentionPage>();
        m_items = m_page->findChild<RowTable*>(QStringLiteral("attentionItemTable"));
        m_map = m_page->findChild<HeatMap*>(QStringLiteral("attentionMap"));
        m_reads = m_page->findChild<RowBars*>(QStringLiteral("attentionReads"));
        m_ranks = m_page->findChild<PlotView*>(QStringLiteral("attentionRanks"));
        QTRY_VERIFY_WITH_TIMEOUT(m_items->model()->rowCount() == 10, 30000);
    }
    void cleanup() { m_page.reset(); }

    void weightsOfTheLastRowSumToOne()
    {
        showAll();
        const QStringList lines = m_map->csv().split(u'\n', Qt::SkipEmptyParts);
        std::vector<double> last = numbersOf(lines.back());
        QCOMPARE(last.size(), std::size_t(lines.size() - 1)); // every event of the history is in it
        QVERIFY(std::all_of(last.begin(), last.end(), [](double w) { return w >= 0; }));
        QVERIFY(std::abs(std::accumulate(last.begin(), last.end(), 0.0) - 1.0) < 1e-4);
        // The list beside it shows the largest of these weights.
        std::sort(last.rbegin(), last.rend());
        QVERIFY(!m_reads->rows().empty());
        for (std::size_t i = 0; i < m_reads->rows().size(); ++i)
            QVERIFY(std::abs(m_reads->rows()[i].value - last[i]) < 1e-5);
    }

    void pointingAtAnItemLightsWhatLiftsIt()
    {
        const std::vector<Explanation> expected = explanations();
        QVERIFY(m_map->focusColumns().empty());
        QCOMPARE(lit(), 0);
        for (const int row : {2, 0}) {
            pointAtRow(row);
            const std::vector<int> events = liftingEvents(expected[static_cast<std::size_t>(row)], 0.6, 4);
            QVERIFY(!events.empty());
            QTRY_COMPARE_WITH_TIMEOUT(m_map->focusColumns(), events, 30000);
            QCOMPARE(m_items->focusRow(), row);
            const auto reads = predictionReads(*maps(), 0, 0, AttentionScale::RowNormalised, 7);
            QCOMPARE(m_reads->rows().size(), reads.size());
            for (std::size_t i = 0; i < reads.size(); ++i) {
                const bool isLit = std::find(events.begin(), events.end(), int(reads[i].event)) != events.end();
                QCOMPARE(m_reads->rows()[i].outlined, isLit);
            }
        }
        m_world->picture(*m_page, QStringLiteral("attention"));
        // Pointing elsewhere puts the light out; a clicked row keeps it and becomes the item of the selection.
        QEvent leave(QEvent::Leave);
        QCoreApplication::sendEvent(m_items, &leave);
        QVERIFY(m_map->focusColumns().empty());
        QTest::mouseClick(m_items->viewport(), Qt::LeftButton, {}, centreOfRow(1));
        QCoreApplication::sendEvent(m_items, &leave);
        QCOMPARE(m_map->focusColumns(), liftingEvents(expected[1], 0.6, 4));
        const int prepared = expected[1].item;
        QCOMPARE(m_world->selection->item(), session()->data().datasetItem(prepared));
    }

    void sortedListStillLightsTheRowPointedAt()
    {
        const std::vector<Explanation> expected = explanations();
        m_items->sortByColumn(2, Qt::AscendingOrder); // smallest score first: the tenth recommendation on top
        pointAtRow(0);
        QTRY_COMPARE_WITH_TIMEOUT(m_map->focusColumns(), liftingEvents(expected[9], 0.6, 4), 30000);
        QCOMPARE(m_items->focusRow(), 0);
    }

    void headOfTheSelectionIsShown()
    {
        auto* grid = m_page->findChild<HeatGrid*>(QStringLiteral("attentionHeads"));
        QCOMPARE(grid->currentRow(), 0);
        const QString before = m_map->csv();
        m_world->selection->setLayer(1);
        QCOMPARE(grid->currentRow(), 1);
        QVERIFY(m_map->csv() != before);
    }

    void keysInAPictureStepThroughLayersAndHeads()
    {
        m_map->setFocus();
        QTest::keyClick(m_map, Qt::Key_BracketRight);
        QCOMPARE(m_world->selection->layer(), 1);
        QTest::keyClick(m_map, Qt::Key_BraceRight, Qt::ShiftModifier);
        QCOMPARE(m_world->selection->head(), 1);
        QTest::keyClick(m_map, Qt::Key_BracketRight); // there is no third layer
        QCOMPARE(m_world->selection->layer(), 1);
        QTest::keyClick(m_map, Qt::Key_BraceLeft, Qt::ShiftModifier);
        QTest::keyClick(m_map, Qt::Key_BracketLeft);
        QCOMPARE(m_world->selection->layer(), 0);
        QCOMPARE(m_world->selection->head(), 0);
        // Outside a picture they are ordinary characters.
        auto* box = m_page->findChild<QComboBox*>(QStringLiteral("attentionLast"));
        box->setFocus();
        QTest::keyClick(box, Qt::Key_BracketRight);
        QCOMPARE(m_world->selection->layer(), 0);
    }

    void everyHeadHasAThumbnailToClick()
    {
        auto* grid = m_page->findChild<HeatGrid*>(QStringLiteral("attentionHeads"));
        const auto shown = maps();
        QVERIFY(shown->layers == 2 && shown->heads == 2);
        for (int layer = 1; layer >= 0; --layer) {
            for (int head = 1; head >= 0; --head) {
                QTest::mouseClick(grid, Qt::LeftButton, {}, grid->cellRect(layer, head).center());
                QCOMPARE(m_world->selection->layer(), layer);
                QCOMPARE(m_world->selection->head(), head);
            }
        }
        QTRY_VERIFY(grid->rect().contains(grid->cellRect(1, 1))); // laid out by an event
        const QImage picture = grid->grab().toImage();
        const double ratio = grid->devicePixelRatioF();
        const auto part = [&](int layer, int head) {
            const QRect cell = grid->cellRect(layer, head).adjusted(3, 3, -3, -3);
            return picture.copy(QRectF(cell.topLeft() * ratio, cell.size() * ratio).toRect());
        };
        QVERIFY(part(0, 0) != part(0, 1));
        QVERIFY(part(0, 0) != part(1, 0));
    }

    void rawAndNormalisedAreTheSameForSoftmax()
    {
        auto* scale = m_page->findChild<SegmentedControl*>(QStringLiteral("attentionScale"));
        const double normalised = m_reads->rows().front().value;
        scale->setCurrent(0);
        QVERIFY(std::abs(m_reads->rows().front().value - normalised) < 1e-4);
    }

    void rankAfterTheLastLayerIsTheRankInTheList()
    {
        for (int row = 0; row < 10; ++row) {
            m_items->setCurrentIndex(m_items->model()->index(row, 1));
            const PlotSeries& ranks = m_ranks->model().series.back();
            QCOMPARE(ranks.name, QStringLiteral("#%1").arg(row + 1));
            QCOMPARE(ranks.y.size(), std::size_t(3)); // embedding and two layers
            QCOMPARE(ranks.y.back(), row + 1.0);
        }
    }

    void pinnedHeadStaysBesideAnotherUser()
    {
        auto* pinned = m_page->findChild<HeatMap*>(QStringLiteral("attentionPinnedMap"));
        auto* button = m_page->findChild<QPushButton*>(QStringLiteral("attentionPin"));
        QVERIFY(!pinned->isVisible());
        const QString before = m_map->csv();
        QTest::mouseClick(button, Qt::LeftButton);
        QVERIFY(pinned->isVisible() && m_map->isVisible());
        QCOMPARE(pinned->csv(), before);
        m_world->selection->setUser(8);
        QTRY_VERIFY_WITH_TIMEOUT(m_map->csv() != before, 30000);
        QCOMPARE(pinned->csv(), before);
        m_world->selection->setLayer(1);
        QCOMPARE(pinned->csv(), before);
        m_world->picture(*m_page, QStringLiteral("attention-pinned"));
        // The range is common to both.
        const auto rows = [](const HeatMap* map) { return map->csv().count(u'\n') - 1; };
        m_page->findChild<QComboBox*>(QStringLiteral("attentionLast"))->setCurrentIndex(2);
        QVERIFY(rows(pinned) >= before.count(u'\n') - 1);
        QTest::mouseClick(m_page->findChild<QToolButton*>(QStringLiteral("attentionUnpin")), Qt::LeftButton);
        QVERIFY(!pinned->isVisible());
        QVERIFY(m_items->isVisible());
    }

    void pictureAndDataOfEveryPanelAreExported()
    {
        QTemporaryDir folder;
        int pictures = 0;
        int tables = 0;
        for (Panel* panel : m_page->findChildren<Panel*>()) {
            Exportable* source = panel->exportable();
            if (!source || !panel->isVisible())
                continue;
            const auto file
                = [&](const char* end) { return folder.filePath(panel->objectName() + QLatin1String(end)); };
            exportToFile(*source, ExportFormat::Csv, file(".csv"));
            const QByteArray csv = read(file(".csv"));
            QVERIFY2(csv.startsWith("# ") && csv.contains("\n# protocol ") && csv.contains("\n# seed 42\n"),
                qPrintable(panel->objectName()));
            QVERIFY(csv.count('\n') > 4);
            ++tables;
            if (source->exportSize().isEmpty())
                continue;
            exportToFile(*source, ExportFormat::Png, file(".png"), 2);
            exportToFile(*source, ExportFormat::Svg, file(".svg"));
            exportToFile(*source, ExportFormat::Pdf, file(".pdf"));
            QCOMPARE(QImage(file(".png")).size(), source->exportSize().toSize() * 2);
            QVERIFY(read(file(".svg")).contains("</text>")); // text stays text
            QVERIFY(read(file(".pdf")).startsWith("%PDF"));
            ++pictures;
        }
        QCOMPARE(tables, 4); // ranks, head, recommendations, reads
        QCOMPARE(pictures, 3);
    }

    void pictureOfAHeadStaysSharpWhenScaled()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("head.svg"));
        exportToFile(*m_map, ExportFormat::Svg, file);
        const QByteArray svg = read(file);
        QVERIFY(!svg.contains("<image")); // cells are shapes, not a small blurred image
        QVERIFY(svg.count("<rect") + svg.count("<path") > 100);
    }

    void narrowWindowFoldsTheRightColumn()
    {
        auto* tabs = m_page->findChild<QTabWidget*>(QStringLiteral("attentionSideTabs"));
        QVERIFY(!tabs->isVisible());
        m_page->setNarrow(true);
        m_page->resize(1020, 590);
        QVERIFY(tabs->isVisible() && m_items->isVisible() && !m_reads->isVisible());
        tabs->setCurrentIndex(1);
        QVERIFY(m_reads->isVisible());
        m_page->setNarrow(false);
        QVERIFY(m_items->isVisible() && m_reads->isVisible());
    }

    void modelWithoutAttentionSaysWhatElseThereIs()
    {
        m_world->selection->setRunA(QString::fromStdString(m_world->lrurec));
        auto* open = m_page->findChild<QPushButton*>(QStringLiteral("attentionOpenState"));
        QTRY_VERIFY_WITH_TIMEOUT(open->isVisible(), 30000);
        QVERIFY(!m_map->isVisible());
        QVERIFY(!m_page->findChild<QPushButton*>(QStringLiteral("attentionPin"))->isEnabled());
        QSignalSpy asked(&m_world->navigator, &Navigator::viewRequested);
        QTest::mouseClick(open, Qt::LeftButton);
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked.front().front().toString(), QStringLiteral("state"));
        // PerSRec's is shown with its tokens.
        const RunId tokens = m_world->train("persrec",
            {{"hidden", 8}, {"layers", 1}, {"heads", 1}, {"segment", 4}, {"recent", 3}, {"tokens", 1}, {"epochs", 1}},
            {});
        m_world->selection->setRunA(QString::fromStdString(tokens));
        auto* openTokens = m_page->findChild<QPushButton*>(QStringLiteral("attentionOpenTokens"));
        QTRY_VERIFY_WITH_TIMEOUT(openTokens->isVisible(), 30000);
        QTest::mouseClick(openTokens, Qt::LeftButton);
        QCOMPARE(asked.back().front().toString(), QStringLiteral("tokens"));
        // Counts have neither.
        m_world->selection->setRunA(QString::fromStdString(m_world->markov));
        auto* runs = m_page->findChild<QPushButton*>(QStringLiteral("attentionShowRuns"));
        QTRY_VERIFY_WITH_TIMEOUT(runs->isVisible(), 30000);
        QVERIFY(!open->isVisible());
    }

private:
    static QByteArray read(const QString& file)
    {
        QFile in(file);
        return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
    }

    // The cells of a CSV line behind its title; titles of the sample have no commas.
    static std::vector<double> numbersOf(const QString& line)
    {
        std::vector<double> numbers;
        const QStringList cells = line.split(u',');
        for (qsizetype i = 1; i < cells.size(); ++i)
            numbers.push_back(cells[i].toDouble());
        return numbers;
    }

    int lit() const
    {
        return static_cast<int>(std::count_if(
            m_reads->rows().begin(), m_reads->rows().end(), [](const RowBars::Row& row) { return row.outlined; }));
    }

    void showAll() const { m_page->findChild<QComboBox*>(QStringLiteral("attentionLast"))->setCurrentIndex(2); }

    QPoint centreOfRow(int row) const { return m_items->visualRect(m_items->model()->index(row, 1)).center(); }

    void pointAtRow(int row) const
    {
        QTest::mouseMove(m_items->viewport(), QPoint(1, m_items->viewport()->height() - 2));
        QTest::mouseMove(m_items->viewport(), centreOfRow(row));
    }

    std::shared_ptr<const ServingSession> session() const
    {
        Progress progress;
        return m_world->workspace->openSession(m_world->sasrec, progress);
    }

    PackedSequences history() const
    {
        const auto serving = session();
        const PreparedData& data = serving->data();
        const EvaluationCase c = data.evaluationCase(SplitPart::Test, data.preparedUser(UserIndex{7}));
        PackedSequences history;
        history.append(c.history, c.times);
        return history;
    }

    std::shared_ptr<const AttentionMaps> maps() const { return inspectAttention(session()->model(), history().view()); }

    // Straight from the engine: what lifts each of the ten recommendations.
    std::vector<Explanation> explanations() const
    {
        Progress progress;
        const auto serving = session();
        const PackedSequences events = history();
        std::vector<std::int32_t> items;
        for (const Recommendation& r : serving->recommend(events.view(), 10))
            items.push_back(r.item);
        return serving->explain(events.view(), items, progress);
    }

    std::unique_ptr<PageWorld> m_world;
    std::unique_ptr<AttentionPage> m_page;
    RowTable* m_items = nullptr;
    HeatMap* m_map = nullptr;
    RowBars* m_reads = nullptr;
    PlotView* m_ranks = nullptr;
};

QTEST_MAIN(TestAttentionPage)
#include "tst_attention_page.moc"
