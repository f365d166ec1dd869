// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QComboBox>
#include <QPushButton>
#include <QToolButton>

#include <cmath>
#include <numeric>

#include "export_check.h"
#include "page_world.h"
#include "widgets/core/state_reading.h"
#include "widgets/plots/event_bars.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/unit_disk.h"
#include "widgets/views/state/state_view.h"

using namespace recoscope;

// LRURec as run A and SASRec as run B, by mouse and keyboard; what is shown is compared with the engine's own answers.
class TestStatePage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_world = std::make_unique<PageWorld>();
        m_gru = m_world->train("gru4rec", {{"epochs", 1}, {"hidden", 16}, {"embedding", 16}}, {});
    }
    void cleanupTestCase() { m_world.reset(); }
    void init()
    {
        m_world->choose();
        select(m_world->lrurec, m_world->sasrec);
        m_page = m_world->open<StateView>();
        m_disk = find<UnitDisk>("stateDisk");
        m_impulse = find<PlotView>("stateImpulse");
        m_memory = find<PlotView>("stateMemory");
        m_table = find<RowTable>("stateLayerTable");
        m_kept = find<EventBars>("stateKept");
        QTRY_VERIFY_WITH_TIMEOUT(m_kept->rows().size() == 3, 30000);
    }
    void cleanup() { m_page.reset(); }

    void aClickOnADotChoosesItsChannelEverywhere()
    {
        const Eigenvalues ring = eigenvalues();
        QCOMPARE(m_disk->dots().size(), static_cast<std::size_t>(ring.channels));
        const int before = m_disk->current();
        QVERIFY(before >= 0);
        const int wanted = loneDot(before);
        QTest::mouseMove(m_disk, m_disk->dotPosition(wanted));
        QVERIFY(m_disk->readOut().startsWith(QStringLiteral("channel %1\n").arg(wanted + 1)));
        QCOMPARE(m_disk->current(), before); // pointing is not choosing
        QTest::mouseClick(m_disk, Qt::LeftButton, {}, m_disk->dotPosition(wanted));
        QCOMPARE(m_disk->current(), wanted);
        showsChannel(ring, 0, wanted);
    }

    void arrowKeysStepThroughTheChannels()
    {
        m_disk->setFocus();
        QTest::keyClick(m_disk, Qt::Key_Home);
        QCOMPARE(m_disk->current(), 0);
        QTest::keyClick(m_disk, Qt::Key_Left); // there is none before it
        QTest::keyClick(m_disk, Qt::Key_Right);
        QCOMPARE(m_disk->current(), 1);
        showsChannel(eigenvalues(), 0, 1);
    }

    void layerOfTheSelectionIsShown()
    {
        const Eigenvalues ring = eigenvalues();
        auto* box = find<QComboBox>("stateLayer");
        m_world->selection->setLayer(1);
        QCOMPARE(box->currentIndex(), 1);
        QCOMPARE(m_table->currentIndex().row(), 1);
        for (std::int64_t c = 0; c < ring.channels; ++c) {
            const std::complex<double> at = m_disk->dots()[static_cast<std::size_t>(c)].at;
            QCOMPARE(static_cast<float>(at.real()), ring.real[static_cast<std::size_t>(ring.channels + c)]);
        }
        showsChannel(ring, 1, m_disk->current());
        // Back by a click into the table, by the box, and by a key in the picture.
        QTest::mouseClick(
            m_table->viewport(), Qt::LeftButton, {}, m_table->visualRect(m_table->model()->index(0, 1)).center());
        QCOMPARE(m_world->selection->layer(), 0);
        box->setFocus();
        QTest::keyClick(box, Qt::Key_Down);
        QCOMPARE(m_world->selection->layer(), 1);
        m_disk->setFocus();
        QTest::keyClick(m_disk, Qt::Key_BracketLeft);
        QCOMPARE(m_world->selection->layer(), 0);
        QTest::keyClick(m_disk, Qt::Key_BracketLeft);
        QCOMPARE(m_world->selection->layer(), 0);
    }

    void tableHoldsTheMediansOfTheEngine()
    {
        const auto layers = layerMemories(eigenvalues(), history(m_world->lrurec).view().events());
        QCOMPARE(m_table->model()->rowCount(), static_cast<int>(layers.size()));
        for (int row = 0; row < m_table->model()->rowCount(); ++row) {
            const LayerMemory& layer = layers[static_cast<std::size_t>(row)];
            const auto raw = [&](int column) { return m_table->model()->index(row, column).data(RawRole).toDouble(); };
            QCOMPARE(raw(1), layer.medianMagnitude);
            QCOMPARE(raw(2), layer.medianEvents);
            QCOMPARE(raw(3), static_cast<double>(layer.beyond));
        }
    }

    void sharesAreLeaveOneOutForAStateAndTheLastRowForAttention()
    {
        const Explanation expected = explanation(firstRecommendation());
        const std::vector<double> shares = signedShares(expected.contributions);
        const EventBars::Row& a = m_kept->rows()[0];
        QCOMPARE(a.slot, 0);
        QCOMPARE(a.values.size(), shares.size());
        double sum = 0.0;
        for (std::size_t event = 0; event < shares.size(); ++event) {
            QVERIFY(std::abs(a.values[event] - std::abs(shares[event])) < 1e-6);
            sum += a.values[event];
        }
        QVERIFY(std::abs(sum - 1.0) < 1e-9);
        QVERIFY(!a.outlined.empty());
        const std::vector<double> read
            = attentionShares(*inspectAttention(session(m_world->sasrec)->model(), history(m_world->sasrec).view()));
        const EventBars::Row& b = m_kept->rows()[1];
        QCOMPARE(b.slot, 1);
        QCOMPARE(b.values.size(), read.size()); // one axis for both
        for (std::size_t event = 0; event < read.size(); ++event)
            QVERIFY(std::abs(b.values[event] - read[event]) < 1e-6);
        m_world->picture(*m_page, QStringLiteral("state"));
    }

    void signedSharesTellWhatLowersAScore()
    {
        const std::vector<double> shares = signedShares(explanation(firstRecommendation()).contributions);
        QTest::mouseClick(find<QToolButton>("stateKeptScale1"), Qt::LeftButton);
        for (std::size_t event = 0; event < shares.size(); ++event)
            QVERIFY(std::abs(m_kept->rows()[0].values[event] - shares[event]) < 1e-6);
    }

    void itemOfTheSelectionIsWeighed()
    {
        const auto serving = session(m_world->lrurec);
        const auto list = serving->recommend(history(m_world->lrurec).view(), 5);
        const std::int32_t fifth = list[4].item;
        const std::vector<double> shares = signedShares(explanation(fifth).contributions);
        m_world->selection->setItem(serving->data().datasetItem(fifth));
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(m_kept->rows()[0].values.back() - std::abs(shares.back())) < 1e-6, 30000);
        for (std::size_t event = 0; event < shares.size(); ++event)
            QVERIFY(std::abs(m_kept->rows()[0].values[event] - std::abs(shares[event])) < 1e-6);
    }

    void pointingAtAnEventTellsWhatEveryRowSays()
    {
        const int last = m_kept->events() - 1;
        QTest::mouseMove(m_kept, m_kept->barColumn(last).center().toPoint());
        QCOMPARE(m_kept->pointed(), last);
        // The channel still holds all of the last event.
        QVERIFY(m_kept->readOut().endsWith(QStringLiteral(": 1.000")));
        m_kept->setFocus();
        QTest::keyClick(m_kept, Qt::Key_Left);
        QCOMPARE(m_kept->pointed(), last - 1);
        QTest::keyClick(m_kept, Qt::Key_Escape);
        QCOMPARE(m_kept->pointed(), -1);
    }

    void stateOverTimeShowsSizesAndEffects()
    {
        QTest::mouseClick(find<QToolButton>("stateMode1"), Qt::LeftButton);
        auto* norms = find<PlotView>("stateNorms");
        auto* effects = find<EventBars>("stateEffects");
        QVERIFY(norms->isVisible() && !m_disk->isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(effects->rows().size(), std::size_t(2), 30000);
        const auto serving = session(m_world->lrurec);
        const PackedSequences events = history(m_world->lrurec);
        const auto states = inspectStates(serving->model(), events.view());
        Progress progress;
        const EventEffects expected = eventEffects(serving->model(), events.view(), progress);
        for (std::size_t layer = 0; layer < 2; ++layer) {
            for (std::size_t event = 0; event < static_cast<std::size_t>(states->length); ++event) {
                const std::size_t at = layer * static_cast<std::size_t>(states->length) + event;
                QCOMPARE(norms->model().series[layer].y[event], static_cast<double>(states->norms[at]));
                QCOMPARE(effects->rows()[layer].values[event], static_cast<double>(expected.change[at]));
            }
        }
        m_world->picture(*m_page, QStringLiteral("state-time"));
        QCOMPARE(ExportCheck().checkPage(*m_page), 3); // sizes, effects, shares
    }

    void aModelWithoutEigenvaluesShowsItsStateOverTime()
    {
        m_world->library->refresh();
        select(m_gru, {});
        auto* norms = find<PlotView>("stateNorms");
        QTRY_VERIFY_WITH_TIMEOUT(norms->isVisible(), 30000);
        QVERIFY(!m_disk->isVisible());
        QVERIFY(!find<QToolButton>("stateMode0")->isEnabled());
        QTRY_COMPARE_WITH_TIMEOUT(m_kept->rows().size(), std::size_t(1), 30000); // no run B, no channel
        select(m_world->lrurec, {});
        QTRY_VERIFY_WITH_TIMEOUT(find<QToolButton>("stateMode0")->isEnabled(), 30000);
    }

    void aModelWithoutStateSendsToAttention()
    {
        select(m_world->sasrec, {});
        auto* open = find<QPushButton>("stateOpenAttention");
        QTRY_VERIFY_WITH_TIMEOUT(open->isVisible(), 30000);
        QVERIFY(!m_disk->isVisible() && !m_kept->isVisible());
        QSignalSpy asked(&m_world->navigator, &Navigator::viewRequested);
        QTest::mouseClick(open, Qt::LeftButton);
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked.front().front().toString(), QStringLiteral("attention"));
    }

    void theRunThatKeepsAStateIsLookedInto()
    {
        select(m_world->sasrec, m_world->lrurec);
        auto* second = find<QToolButton>("stateRun1");
        QTRY_VERIFY_WITH_TIMEOUT(second->isChecked(), 30000);
        QVERIFY(m_disk->isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(m_kept->rows().size(), std::size_t(3), 30000);
        QCOMPARE(m_kept->rows()[0].caption, QStringLiteral("attention"));
        // The other one can be asked for all the same.
        QTest::mouseClick(find<QToolButton>("stateRun0"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("stateOpenAttention")->isVisible(), 30000);
    }

    void withoutRunOrUserThePageSaysWhatIsMissing()
    {
        select({}, {});
        QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("stateChooseRun")->isVisible(), 30000);
        select(m_world->lrurec, {}, -1);
        QTRY_VERIFY_WITH_TIMEOUT(find<QPushButton>("stateChooseUser")->isVisible(), 30000);
        select(m_world->lrurec, {});
        QTRY_VERIFY_WITH_TIMEOUT(m_disk->isVisible(), 30000);
    }

    void pictureAndDataOfEveryPanelAreExported()
    {
        QCOMPARE(ExportCheck().checkPage(*m_page), 4); // disk, memory, impulse, shares
        const QString csv = m_disk->csv();
        QCOMPARE(csv.count(u'\n'), static_cast<qsizetype>(m_disk->dots().size()) + 1);
    }

private:
    template <class T> T* find(const char* name) const { return m_page->findChild<T*>(QLatin1String(name)); }

    void select(const RunId& a, const RunId& b, int user = 7)
    {
        SelectionState state = m_world->selection->state();
        state.runA = QString::fromStdString(a);
        state.runB = QString::fromStdString(b);
        state.user = user;
        state.item = -1;
        state.layer = 0;
        m_world->selection->restore(state);
    }

    // A dot that lies apart from all others, so that a click cannot mean another one.
    int loneDot(int besides) const
    {
        int best = -1;
        double most = 0.0;
        const auto& dots = m_disk->dots();
        for (std::size_t i = 0; i < dots.size(); ++i) {
            double apart = INFINITY;
            for (std::size_t k = 0; k < dots.size(); ++k) {
                if (k != i)
                    apart = std::min(
                        {apart, std::abs(dots[i].at - dots[k].at), std::abs(dots[i].at - std::conj(dots[k].at))});
            }
            if (static_cast<int>(i) == besides || apart <= most)
                continue;
            most = apart;
            best = static_cast<int>(i);
        }
        return best;
    }

    void showsChannel(const Eigenvalues& ring, int layer, int channel) const
    {
        const auto at = static_cast<std::size_t>(layer * ring.channels + channel);
        const QString name = QStringLiteral("channel %1").arg(channel + 1);
        const PlotSeries& chosen = m_impulse->model().series.back();
        QCOMPARE(chosen.name, name);
        const auto expected
            = impulseResponse({ring.real[at], ring.imaginary[at]}, static_cast<std::int64_t>(chosen.y.size()) - 1);
        QCOMPARE(chosen.y, expected);
        QCOMPARE(m_impulse->model().series.size(), std::size_t(3)); // two others to compare with
        const PlotSeries& bar = m_memory->model().series.back();
        QCOMPARE(bar.name, QStringLiteral("with ") + name);
        QVERIFY(bar.y.front() >= 1.0);
        // What is left of each event, on the axis of the items.
        const EventBars::Row& row = m_kept->rows().back();
        QCOMPARE(row.name, name);
        QCOMPARE(row.values.back(), 1.0);
        QCOMPARE(row.values[row.values.size() - 2], expected[1]);
    }

    Eigenvalues eigenvalues() const
    {
        return readEigenvalues(m_world->workspace->runFolder(m_world->lrurec) / "weights.safetensors");
    }

    std::shared_ptr<const ServingSession> session(const RunId& run) const
    {
        Progress progress;
        return m_world->workspace->openSession(run, progress);
    }

    PackedSequences history(const RunId& run) const
    {
        const auto serving = session(run);
        const PreparedData& data = serving->data();
        const EvaluationCase c = data.evaluationCase(SplitPart::Test, data.preparedUser(UserIndex{7}));
        PackedSequences events;
        events.append(c.history, c.times);
        return events;
    }

    std::int32_t firstRecommendation() const
    {
        return session(m_world->lrurec)->recommend(history(m_world->lrurec).view(), 1).front().item;
    }

    Explanation explanation(std::int32_t item) const
    {
        Progress progress;
        return session(m_world->lrurec)->explain(history(m_world->lrurec).view(), {item}, progress).front();
    }

    std::unique_ptr<PageWorld> m_world;
    RunId m_gru;
    std::unique_ptr<StateView> m_page;
    UnitDisk* m_disk = nullptr;
    PlotView* m_impulse = nullptr;
    PlotView* m_memory = nullptr;
    RowTable* m_table = nullptr;
    EventBars* m_kept = nullptr;
};

QTEST_MAIN(TestStatePage)
#include "tst_state_page.moc"
