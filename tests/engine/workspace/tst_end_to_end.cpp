// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// From generated events to a recommendation, through every part of the engine.

#include <algorithm>

#include "tests/engine/workspace/workspace_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

class EndToEnd : public WorkspaceTest {
protected:
    void SetUp() override
    {
        WorkspaceTest::SetUp();
        open();
        generate();
    }
    RunId createNeural(int epochs)
    {
        return create("lrurec", {{"epochs", epochs}, {"patience", 0}, {"batch_size", 64}, {"hidden", 16}});
    }
    std::string weights(const RunId& id) { return readFile(workspace().runFolder(id) / "weights.safetensors"); }
};

TEST_F(EndToEnd, TrainEvaluateRecommend)
{
    std::vector<int> epochs;
    m_listener.onEpoch = [&epochs](const EpochRecord& epoch) { epochs.push_back(epoch.epoch); };
    const RunRecord run = execute(createNeural(2));
    EXPECT_EQ(run.status, RunStatus::Finished);
    EXPECT_EQ(epochs, (std::vector<int>{1, 2}));
    EXPECT_EQ(run.epochs, 2);
    EXPECT_GE(run.bestEpoch, 1);
    EXPECT_GT(run.parameterCount, 0);
    EXPECT_GT(run.peakMemoryBytes, 0);
    EXPECT_GT(run.test.at("mrr"), 0.0);
    EXPECT_EQ(run.remark, "");
    const auto stored = workspace().store().epochs(run.id);
    ASSERT_EQ(stored.size(), 2u);
    EXPECT_GT(stored[0].trainLoss, 0.0);
    close();
    open(); // everything that follows comes from disk

    const Protocol protocol = Protocol::fromJson(run.protocol);
    const RankingResult again = workspace().evaluate(run.id, protocol, {}, m_progress);
    EXPECT_EQ(again.metrics.values, run.test);
    const auto rows = workspace().store().userMetrics(run.id, SplitPart::Test);
    ASSERT_EQ(rows.size(), again.users.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        EXPECT_EQ(rows[i].rank, again.users[i].rank) << rows[i].user;

    const auto session = workspace().openSession(run.id, m_progress);
    const std::int32_t user = rows.front().user;
    const PackedSequences history = session->historyOf(user, 1);
    const std::vector<Recommendation> list = session->recommend(history.view(), 10);
    ASSERT_EQ(list.size(), 10u);
    EXPECT_TRUE(std::is_sorted(
        list.begin(), list.end(), [](const Recommendation& a, const Recommendation& b) { return a.score > b.score; }));
    for (const Recommendation& item : list)
        EXPECT_EQ(std::count(history.items.begin(), history.items.end(), item.item), 0) << "already seen";
}

// Two epochs, a cancel, and two more give the bytes of four.
TEST_F(EndToEnd, AResumedRunIsTheUninterruptedOne)
{
    const RunRecord whole = execute(createNeural(4));
    const RunId cut = createNeural(4);
    Progress progress;
    m_listener.onEpoch = [&progress](const EpochRecord& epoch) {
        if (epoch.epoch == 2)
            progress.requestCancel();
    };
    EXPECT_EQ(kindOf([&] { workspace().execute(cut, m_control, m_listener, progress); }), ErrorKind::Cancelled);
    EXPECT_EQ(workspace().store().run(cut).status, RunStatus::Cancelled);
    m_listener.onEpoch = {};
    const RunRecord resumed = resume(cut);
    EXPECT_EQ(resumed.status, RunStatus::Finished);
    EXPECT_EQ(resumed.valid, whole.valid);
    EXPECT_EQ(resumed.test, whole.test);
    EXPECT_EQ(resumed.bestEpoch, whole.bestEpoch);
    EXPECT_EQ(weights(cut), weights(whole.id));
    const auto first = workspace().store().epochs(whole.id), second = workspace().store().epochs(cut);
    ASSERT_EQ(second.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i)
        EXPECT_EQ(first[i].trainLoss, second[i].trainLoss) << i;
}

TEST_F(EndToEnd, StoppingKeepsAndTestsTheBest)
{
    const RunId id = createNeural(50);
    m_listener.onEpoch = [this](const EpochRecord& epoch) {
        if (epoch.epoch == 1)
            m_control.stopKeepBest = true;
    };
    const RunRecord run = execute(id);
    EXPECT_EQ(run.status, RunStatus::Stopped);
    EXPECT_LT(run.epochs, 50);
    EXPECT_GT(run.test.at("mrr"), 0.0);
    EXPECT_EQ(workspace().store().userMetrics(id, SplitPart::Test).empty(), false);
}

// The test users are to be ranked once a run. Who goes on after a stop ranks them again, and the run says so.
TEST_F(EndToEnd, ATestedRunThatGoesOnSaysThatItWasTestedBefore)
{
    const RunId id = createNeural(3);
    m_listener.onEpoch = [this](const EpochRecord& epoch) { m_control.stopKeepBest = epoch.epoch == 1; };
    const RunRecord stopped = execute(id);
    ASSERT_EQ(stopped.status, RunStatus::Stopped);
    EXPECT_EQ(stopped.remark, "");
    m_listener.onEpoch = {};
    m_control.stopKeepBest = false;
    const RunRecord whole = resume(id);
    EXPECT_EQ(whole.status, RunStatus::Finished);
    EXPECT_EQ(whole.remark, "tested before, at epoch 1");
    EXPECT_EQ(workspace().store().run(id).remark, whole.remark);
}
