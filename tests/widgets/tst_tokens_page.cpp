// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include <algorithm>
#include <cmath>

#include "engine/evaluation/metrics.h"
#include "engine/inspection/token_population.h"
#include "engine/inspection/token_staleness.h"
#include "export_check.h"
#include "page_world.h"
#include "widgets/plots/event_bars.h"
#include "widgets/plots/heat_strips.h"
#include "widgets/plots/mask_picture.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/tokens/tokens_view.h"

using namespace recoscope;

// A small PerSRec, by mouse and keyboard; what is shown is compared with the engine's own answers.
class TestTokensPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_world = std::make_unique<PageWorld>();
        const Json small = {{"epochs", 2}, {"hidden", 16}, {"segment", 4}, {"recent", 3}, {"tokens", 2},
            {"backbone", "sasrec"}, {"temperature", 1.0}, {"heads", 2}};
        m_run = m_world->train("persrec", small, {});
        Progress progress;
        m_session = m_world->workspace->openSession(m_run, progress);
    }
    void cleanupTestCase()
    {
        m_session.reset();
        m_world.reset();
    }
    void init()
    {
        m_world->choose();
        m_user = longUser();
        select(m_run, {}, m_user);
        m_page = m_world->open<TokensView>();
        m_mask = find<MaskPicture>("tokensMask");
        m_strips = find<HeatStrips>("tokensAbsorbed");
        m_read = find<EventBars>("tokensRead");
        m_table = find<RowTable>("tokensWorthTable");
        m_lists = find<RowTable>("tokensListTable");
        QTRY_VERIFY_WITH_TIMEOUT(m_table->model()->rowCount() > 3, 30000);
    }
    void cleanup() { m_page.reset(); }

    void theMaskNamesTheUsersOwnItems()
    {
        const TokenMaps maps = engineMaps();
        QCOMPARE(m_mask->rows(), static_cast<int>(maps.rows.size()));
        const int last = m_mask->rows() - 1;
        QTest::mouseMove(m_mask, m_mask->cellCentre(last, 0).toPoint());
        const QString blocked = m_mask->readOut();
        QVERIFY2(blocked.contains(titleOf(maps.items.front())), qPrintable(blocked));
        QVERIFY(blocked.contains(titleOf(maps.items.back())));
        QVERIFY(blocked.contains(QStringLiteral("does not see")) && blocked.contains(QStringLiteral("tokens")));
        // The first token stands after the first segment; recent events see it.
        QTest::mouseMove(m_mask, m_mask->cellCentre(last, 4).toPoint());
        QVERIFY(m_mask->readOut().contains(QStringLiteral(" sees token 1")));
        m_mask->setFocus();
        QTest::keyClick(m_mask, Qt::Key_Home);
        QVERIFY(m_mask->readOut() == blocked);
        QTest::keyClick(m_mask, Qt::Key_Escape);
        QVERIFY(m_mask->readOut().isEmpty());
    }

    void everyCellReadsAsTheMaskSays()
    {
        const TokenMaps maps = engineMaps();
        for (int row = 0; row < m_mask->rows(); ++row) {
            for (int column = 0; column < m_mask->rows(); ++column) {
                QTest::mouseMove(m_mask, m_mask->cellCentre(row, column).toPoint());
                QCOMPARE(!m_mask->readOut().contains(QStringLiteral("does not see")), maps.rows.sees(row, column));
            }
        }
    }

    void stripsAreTheSharesOfTheLayer()
    {
        const TokenMaps maps = engineMaps();
        for (const int layer : {0, 1}) {
            m_world->selection->setLayer(layer);
            const std::vector<float> shares = maps.absorbedBy(layer, -1);
            QCOMPARE(m_strips->content().strips.size(), static_cast<std::size_t>(maps.shape.tokens));
            const int segment = find<QComboBox>("tokensSegment")->currentIndex();
            for (std::int64_t token = 0; token < maps.shape.tokens; ++token) {
                // The events of its segment, and no room for those that it can hold nothing of.
                const std::vector<double>& shown = m_strips->content().strips[static_cast<std::size_t>(token)].values;
                QCOMPARE(static_cast<std::int64_t>(shown.size()), maps.shape.segment);
                QCOMPARE(m_strips->content().first, static_cast<int>(segment * maps.shape.segment));
                const std::int64_t all = segment * maps.shape.tokens + token;
                for (std::int64_t event = 0; event < maps.shape.segment; ++event)
                    QCOMPARE(static_cast<float>(shown[static_cast<std::size_t>(event)]),
                        shares[static_cast<std::size_t>(all * maps.events + segment * maps.shape.segment + event)]);
            }
        }
        m_strips->setFocus();
        QTest::keyClick(m_strips, Qt::Key_BracketLeft);
        QCOMPARE(m_world->selection->layer(), 0);
        auto* heads = find<QComboBox>("tokensHead");
        heads->setFocus();
        QTest::keyClick(heads, Qt::Key_Down); // the first head
        QCOMPARE(static_cast<float>(m_strips->content().strips[0].values[0]), maps.absorbedBy(0, 0)[0]);
        QTest::keyClick(heads, Qt::Key_Up);
    }

    void leavingEventsOutIsWorkedOutWhenItIsLookedAt()
    {
        QTest::mouseClick(find<QToolButton>("tokensMeasureKind1"), Qt::LeftButton);
        Progress progress;
        const PackedSequences events = history();
        const TokenEffects effects = tokenEffects(session()->model(), events.view(), progress);
        QTRY_COMPARE_WITH_TIMEOUT(static_cast<float>(m_strips->content().strips[1].values[2]),
            effects.change[static_cast<std::size_t>(effects.events + 2)], 30000);
        QCOMPARE(static_cast<std::int64_t>(m_strips->content().strips[1].values.size()), engineMaps().shape.segment);
        auto* segment = find<QComboBox>("tokensSegment");
        segment->setFocus();
        QTest::keyClick(segment, Qt::Key_Down); // its tokens hold something of the first segment, too
        QCOMPARE(
            static_cast<std::int64_t>(m_strips->content().strips[1].values.size()), 2 * engineMaps().shape.segment);
        QTest::keyClick(segment, Qt::Key_Up);
        QTest::mouseMove(m_strips, m_strips->cellCentre(0, 1).toPoint());
        QVERIFY(m_strips->readOut().contains(titleOf(events.items[static_cast<std::size_t>(1 + cut())])));
        m_world->picture(*m_page, QStringLiteral("tokens-leave-one-out"));
    }

    void aTokenIsChosenEverywhere()
    {
        const TokenMaps maps = engineMaps();
        QTest::mouseClick(m_strips, Qt::LeftButton, {}, m_strips->cellCentre(1, 0).toPoint());
        showsToken(maps, 1);
        m_strips->setFocus();
        QTest::keyClick(m_strips, Qt::Key_Up);
        showsToken(maps, 0);
        // In the table: row 0 is "all tokens".
        const QModelIndex third = m_table->model()->index(3, 0);
        QTest::mouseClick(m_table->viewport(), Qt::LeftButton, {}, m_table->visualRect(third).center());
        showsToken(maps, 2); // the first of the second segment
        QCOMPARE(find<QComboBox>("tokensSegment")->currentIndex(), 1);
    }

    void ranksAndListsAreTheEngines()
    {
        Progress progress;
        const auto serving = session();
        const std::int32_t target = evaluation().targets.front();
        const PackedSequences events = history();
        const auto readings = tokenReadings(*serving, events.view(), target, 10, progress);
        QCOMPARE(m_table->model()->rowCount(), static_cast<int>(readings.size()));
        for (int row = 0; row < m_table->model()->rowCount(); ++row) {
            const auto raw = [&](int column) { return m_table->model()->index(row, column).data(RawRole).toDouble(); };
            QCOMPARE(raw(1), readings[static_cast<std::size_t>(row)].targetRank);
            QCOMPARE(raw(2), static_cast<double>(readings[static_cast<std::size_t>(row)].shared));
            if (row > 0) {
                const double usual = readings.front().targetRank, rank = readings[std::size_t(row)].targetRank;
                QCOMPARE(raw(3), usual - rank);
                QCOMPARE(raw(4), metricAtRank("ndcg@10", rank) - metricAtRank("ndcg@10", usual));
            }
            m_table->setCurrentIndex(m_table->model()->index(row, 0));
            QCOMPARE(m_lists->model()->rowCount(), 10);
            for (int place = 0; place < 10; ++place) {
                const auto& usual = readings.front().list;
                const auto& left = readings[static_cast<std::size_t>(row)].list;
                const QModelIndex all = m_lists->model()->index(place, 1), without = m_lists->model()->index(place, 2);
                QCOMPARE(all.data().toString(), titleOf(usual[static_cast<std::size_t>(place)].item));
                QCOMPARE(without.data().toString(), titleOf(left[static_cast<std::size_t>(place)].item));
                const bool enters = std::none_of(usual.begin(), usual.end(),
                    [&](const Recommendation& one) { return one.item == left[static_cast<std::size_t>(place)].item; });
                QCOMPARE(without.data(BestRole).toBool(), enters);
            }
        }
        QCOMPARE(readings.back().way, TokenWay::FullHistory);
        // The head of the second list says what is left out.
        const auto title = [&] { return m_lists->model()->headerData(2, Qt::Horizontal).toString(); };
        QCOMPARE(title(), QStringLiteral("Full history"));
        m_table->setCurrentIndex(m_table->model()->index(1, 0));
        QCOMPARE(title(), QStringLiteral("Without token 1.1"));
        m_table->setCurrentIndex(m_table->model()->index(m_table->model()->rowCount() - 2, 0));
        QCOMPARE(title(), QStringLiteral("Without any token"));
    }

    void savingsAreCounted()
    {
        const TokenMaps maps = engineMaps();
        auto* table = find<RowTable>("tokensSavingsTable");
        QTRY_VERIFY_WITH_TIMEOUT(table->model()->rowCount() >= 5, 30000);
        const auto raw
            = [&](int row, int column) { return table->model()->index(row, column).data(RawRole).toDouble(); };
        QCOMPARE(raw(0, 1), static_cast<double>(maps.events));
        QCOMPARE(raw(0, 2), static_cast<double>(maps.tokens() + maps.events - maps.older()));
        QCOMPARE(raw(0, 3), static_cast<double>(maps.events - maps.older()));
        QVERIFY(raw(1, 2) < raw(1, 1)); // bytes
        QVERIFY(raw(2, 1) > 0.0 && raw(2, 2) > 0.0 && raw(2, 3) > 0.0); // milliseconds
    }

    void aShortHistoryLeadsToALongOne()
    {
        const PreparedData& data = session()->data();
        int user = -1;
        std::size_t shortest = 1000, longest = 0;
        for (const std::int32_t one : data.evaluatedUsers(SplitPart::Test)) {
            const std::size_t events = data.evaluationCase(SplitPart::Test, one).history.size();
            longest = std::max(longest, events);
            if (events >= shortest)
                continue;
            shortest = events;
            user = data.datasetUser(one);
        }
        QVERIFY(shortest + 1 < longest);
        const RunId run = m_world->train("persrec",
            {{"epochs", 1}, {"hidden", 16}, {"segment", shortest - 2}, {"recent", 3}, {"tokens", 2}, {"heads", 2}}, {});
        const auto* box = find<QComboBox>("tokensLayer");
        QVERIFY(box->isVisible());
        select(run, {}, user);
        auto* button = find<QPushButton>("tokensLongest");
        QTRY_VERIFY_WITH_TIMEOUT(button->isVisible(), 30000);
        QVERIFY(!box->isVisible());
        QTest::mouseClick(button, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!button->isVisible() && m_mask->isVisible(), 30000);
        QVERIFY(box->isVisible());
        m_user = m_world->selection->user();
        QCOMPARE(evaluation().history.size(), longest);
    }

    void recentEventsReadTokens()
    {
        const TokenMaps maps = engineMaps();
        const std::vector<float> shares = maps.readBy(0, -1);
        QCOMPARE(m_read->events(), static_cast<int>(maps.events - maps.older()));
        QCOMPARE(m_read->rows().size(), std::size_t(2));
        for (int event = 0; event < m_read->events(); ++event) {
            double sum = 0.0;
            for (std::int64_t token = 0; token < maps.tokens(); ++token)
                sum += shares[static_cast<std::size_t>((maps.older() + event) * maps.tokens() + token)];
            QVERIFY(std::abs(m_read->rows()[0].values[static_cast<std::size_t>(event)] - sum) < 1e-6);
        }
    }

    void stalenessIsMeasuredWhenAskedFor()
    {
        auto* plot = find<PlotView>("tokensStaleness");
        QVERIFY(!plot->isVisible());
        QTest::mouseClick(find<QPushButton>("tokensMeasure"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(plot->isVisible(), 60000);
        Progress progress;
        const TokenStaleness expected = tokenStaleness(*session(), 200, progress);
        const PlotSeries& kept = plot->model().series.back();
        QCOMPARE(kept.y.size(), expected.points.size());
        for (std::size_t i = 0; i < kept.y.size(); ++i) {
            QCOMPARE(kept.x[i], static_cast<double>(expected.points[i].events));
            QCOMPARE(kept.y[i], expected.points[i].kept.mean);
        }
        // The label of the recent events alone keeps clear of a curve above it, and nothing of the panel is cut off.
        const ReferenceLine& recent = plot->model().references.front();
        QCOMPARE(recent.labelBelow, expected.recentOnly.mean < expected.allTokens.mean);
        auto* words = find<QLabel>("tokensStalenessWords");
        QVERIFY(words->isVisible() && words->text().contains(QString::number(expected.users)));
        QTest::mouseClick(find<QToolButton>("tokensStalenessScale1"), Qt::LeftButton);
        QCOMPARE(plot->model().series.back().y.front(), expected.points.front().sharedKept);
        QTest::mouseClick(find<QToolButton>("tokensStalenessScale0"), Qt::LeftButton);
        auto* table = find<RowTable>("tokensSavingsTable");
        const int last = table->model()->rowCount() - 1;
        QCOMPARE(table->model()->index(last, 2).data(RawRole).toDouble(), expected.allTokens.mean);
        m_world->settle();
        m_world->picture(*m_page, QStringLiteral("tokens"));
        // Mask, strips, what is read, staleness.
        QCOMPARE(ExportCheck().checkPage(*m_page), 4);
        // Another user of the run keeps the curve.
        select(m_run, {}, longUser(m_user + 1));
        QTRY_VERIFY_WITH_TIMEOUT(m_table->model()->rowCount() > 3, 30000);
        m_world->settle();
        QVERIFY(plot->isVisible());
    }

    // One user's difference until all are measured; then their mean, coloured only where its interval excludes 0.
    void tokensAreMeasuredOverAllUsersWhenAskedFor()
    {
        auto* button = find<QPushButton>("tokensPopulation");
        auto* words = find<QLabel>("tokensPopulationWords");
        QVERIFY(words->text().contains(QStringLiteral("this one user")));
        QVERIFY(button->text().contains(QString::number(usersOfTokenPopulation(*session()))));
        const auto changeOf = [this](int row) { return m_table->model()->index(row, 4); };
        const double own = changeOf(1).data(RawRole).toDouble();
        // A job that is cancelled leaves everything as it was.
        button->setFocus();
        QTest::keyClick(button, Qt::Key_Space);
        QCOMPARE(button->text(), QStringLiteral("Cancel"));
        QTest::keyClick(button, Qt::Key_Space);
        QTRY_VERIFY_WITH_TIMEOUT(button->text().startsWith(QStringLiteral("Measure")), 30000);
        QCOMPARE(changeOf(1).data(RawRole).toDouble(), own);
        QVERIFY(!changeOf(1).data(ChipRole).isValid());
        QTest::mouseClick(
            m_table->viewport(), Qt::LeftButton, {}, m_table->visualRect(m_table->model()->index(2, 0)).center());
        QTest::mouseClick(button, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!button->isVisible(), 60000);
        QVERIFY(m_table->hasFocus());
        Progress progress;
        const TokenPopulation expected = tokenPopulation(*session(), progress);
        QVERIFY(words->text().contains(QStringLiteral("validation targets")));
        QVERIFY(words->text().contains(QString::number(expected.users)));
        QVERIFY(words->text().contains(QString::number(expected.evaluated)));
        QVERIFY(words->text().contains(QString::fromStdString(session()->data().protocol().hash())));
        const int rows = m_table->model()->rowCount(), tokens = static_cast<int>(engineMaps().tokens());
        QVERIFY(!changeOf(0).data(RawRole).isValid()); // nothing left out
        for (int row = 1; row < rows; ++row) {
            const TokenPopulation::Row* all = row <= tokens ? expected.find(TokenWay::WithoutOne, row - 1)
                : row == tokens + 1                         ? expected.find(TokenWay::WithoutAny, -1)
                                                            : expected.find(TokenWay::FullHistory, -1);
            QVERIFY(all);
            QCOMPARE(changeOf(row).data(RawRole).toDouble(), all->change.mean);
            QCOMPARE(changeOf(row).data(ChipRole).toInt() != static_cast<int>(StatusTone::Neutral), all->decided());
            const QFontMetrics metrics(
                m_world->theme->numberFont(TextRole::Body)); // as cells are painted, margins of 8
            QVERIFY(metrics.horizontalAdvance(changeOf(row).data().toString()) + 16 <= m_table->columnWidth(4));
            QVERIFY(changeOf(row).data(Qt::ToolTipRole).toString().contains(QString::number(all->users)));
        }
        QCOMPARE(m_table->currentIndex().row(), 2);
        m_world->picture(*m_page, QStringLiteral("tokens-population"));
        // Another user of the run keeps it; another run does not have it.
        select(m_run, {}, longUser(m_user + 1));
        m_world->settle();
        QTRY_VERIFY_WITH_TIMEOUT(m_table->model()->rowCount() > 3 && changeOf(1).data(ChipRole).isValid(), 30000);
        QVERIFY(!button->isVisible());
    }

    void aRunWithoutTokensOffersATraining()
    {
        select(m_world->sasrec, {}, m_user);
        auto* train = find<QPushButton>("tokensTrain");
        QTRY_VERIFY_WITH_TIMEOUT(train->isVisible(), 30000);
        QVERIFY(!m_strips->isVisible());
        QSignalSpy asked(&m_world->navigator, &Navigator::viewRequested);
        QTest::mouseClick(train, Qt::LeftButton);
        QCOMPARE(asked.front().front().toString(), QStringLiteral("train"));
        QCOMPARE(m_world->navigator.takeTrainingRequest(), QStringLiteral("persrec"));
    }

    void theRunWithTokensIsLookedInto()
    {
        select(m_world->sasrec, m_run, m_user);
        auto* second = find<QToolButton>("tokensRun1");
        QTRY_VERIFY_WITH_TIMEOUT(second->isChecked(), 30000);
        QTRY_VERIFY_WITH_TIMEOUT(m_strips->isVisible(), 30000);
        QTest::mouseClick(find<QToolButton>("tokensRun0"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("tokensTrain")->isVisible(), 30000);
    }

    void withoutRunOrUserThePageSaysWhatIsMissing()
    {
        QSignalSpy asked(&m_world->navigator, &Navigator::choiceRequested);
        auto* run = find<QPushButton>("tokensChooseRun");
        select({}, {}, m_user);
        QTRY_VERIFY_WITH_TIMEOUT(run->isVisible(), 30000);
        QTest::mouseClick(run, Qt::LeftButton);
        QCOMPARE(asked.takeFirst().front().value<SelectionField>(), SelectionField::RunA);
        auto* user = find<QPushButton>("tokensChooseUser");
        select(m_run, {}, -1);
        QTRY_VERIFY_WITH_TIMEOUT(user->isVisible(), 30000);
        QTest::mouseClick(user, Qt::LeftButton);
        QCOMPARE(asked.takeFirst().front().value<SelectionField>(), SelectionField::User);
        select(m_run, {}, m_user);
        QTRY_VERIFY_WITH_TIMEOUT(m_strips->isVisible(), 30000);
    }

    // As many as fit by their titles, or all of them by their numbers; what is pointed at tells either.
    void barsOfManyEventsAreNumbered()
    {
        EventBars bars(*m_world->theme, QStringLiteral("manyBars"));
        bars.resize(460, 220);
        std::vector<QString> titles;
        EventBars::Row row;
        for (int event = 0; event < 90; ++event) {
            titles.push_back(QStringLiteral("Title %1").arg(event));
            row.values.push_back(event / 90.0);
        }
        row.name = QStringLiteral("all");
        row.text = [](double value) { return QString::number(value); };
        bars.setRows(titles, {row});
        QVERIFY(bars.shownEvents() < 20);
        bars.setNumbered(321);
        QCOMPARE(bars.shownEvents(), 90);
        QVERIFY(bars.barColumn(89).right() <= bars.width());
        QCOMPARE(bars.csv().count(u'\n'), 91);
        QVERIFY2(bars.csv().contains(QStringLiteral("\n410,Title 89,")), qPrintable(bars.csv()));
        QTest::keyClick(&bars, Qt::Key_Left);
        QCOMPARE(bars.pointed(), 89);
        QVERIFY2(bars.readOut().contains(QStringLiteral("Title 89\nevent 410")), qPrintable(bars.readOut()));
        bars.resize(3000, 220); // there is room for titles
        QVERIFY(bars.readOut().contains(QStringLiteral("event 90 of 90")));
    }

private:
    template <class T> T* find(const char* name) const { return m_page->findChild<T*>(QLatin1String(name)); }

    void select(const RunId& a, const RunId& b, int user)
    {
        SelectionState state = m_world->selection->state();
        state.runA = QString::fromStdString(a);
        state.runB = QString::fromStdString(b);
        state.user = user;
        state.item = -1;
        state.layer = 0;
        m_world->selection->restore(state);
    }

    void showsToken(const TokenMaps& maps, int token)
    {
        const auto perSegment = static_cast<int>(maps.shape.tokens);
        QCOMPARE(m_strips->current(), token % perSegment);
        QCOMPARE(m_table->currentIndex().row(), token + 1);
        const std::vector<float> shares = maps.readBy(0, -1);
        const EventBars::Row& row = m_read->rows().back();
        QCOMPARE(static_cast<float>(row.values.back()),
            shares[static_cast<std::size_t>((maps.events - 1) * maps.tokens() + token)]);
    }

    const std::shared_ptr<const ServingSession>& session() const { return m_session; }

    // Whose history has two segments and is short enough to point at every cell of the mask.
    int longUser(int from = 0) const
    {
        const PreparedData& data = session()->data();
        for (const std::int32_t user : data.evaluatedUsers(SplitPart::Test)) {
            const auto events = static_cast<int>(data.evaluationCase(SplitPart::Test, user).history.size());
            if (data.datasetUser(user) >= from && events >= 11 && events <= 14)
                return data.datasetUser(user);
        }
        return -1;
    }

    EvaluationCase evaluation() const
    {
        const PreparedData& data = session()->data();
        return data.evaluationCase(SplitPart::Test, data.preparedUser(UserIndex{m_user}));
    }

    PackedSequences history() const
    {
        const EvaluationCase c = evaluation();
        PackedSequences events;
        events.append(c.history, c.times);
        return events;
    }

    std::int64_t cut() const // events before the model's window
    {
        return std::max<std::int64_t>(0, history().view().events() - session()->model().maxLength());
    }

    TokenMaps engineMaps() const { return *inspectTokens(session()->model(), history().view()); }

    QString titleOf(std::int32_t item) const { return inspectedItem(session()->data(), item, 0).title; }

    std::unique_ptr<PageWorld> m_world;
    RunId m_run;
    std::shared_ptr<const ServingSession> m_session;
    int m_user = -1;
    std::unique_ptr<TokensView> m_page;
    MaskPicture* m_mask = nullptr;
    HeatStrips* m_strips = nullptr;
    EventBars* m_read = nullptr;
    RowTable* m_table = nullptr;
    RowTable* m_lists = nullptr;
};

QTEST_MAIN(TestTokensPage)
#include "tst_tokens_page.moc"
