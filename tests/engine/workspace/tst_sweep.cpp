// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Sweeps planned, trained and read again; the law, the front and the next run of planted ones.

#include <cmath>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/sqlite.h"
#include "engine/workspace/sweep_plan.h"
#include "engine/workspace/sweep_results.h"
#include "tests/engine/workspace/workspace_fixture.h"

using namespace recoscope;

namespace {

// Planted: y = 0.5 - 2 N^-0.4 - 3 T^-0.3, and (6 N + 1000) T operations.
const ScalingLaw planted{ScalingForm::Joint, ScalingDirection::Rising, {0.5, 2.0, 0.4, 3.0, 0.3}};
const ComputeCost plantedCost{6.0, 1000.0};

SweepPoint plantedPoint(std::int64_t hidden, double share)
{
    SweepPoint point;
    point.share = share;
    point.parameterCount = 100 * hidden;
    point.work.interactions = static_cast<std::int64_t>(20000 * share);
    const auto n = static_cast<double>(point.parameterCount), t = static_cast<double>(point.work.interactions);
    point.work.flops = (plantedCost.perParameter * n + plantedCost.perInteraction) * t / 4.0;
    point.request.parameters = {{"hidden", hidden}, {"layers", 2}, {"dropout", 0.1}};
    point.request.seed = 7;
    if (share < 1.0) {
        point.request.protocol.trainUsers = share;
        point.request.protocol.trainUsersSeed = 5;
    }
    RunRecord run;
    run.id = std::to_string(hidden) + "-" + std::to_string(share);
    run.status = RunStatus::Finished;
    run.epochs = 6;
    run.bestEpoch = 4; // four epochs of a quarter each
    run.valid["ndcg@10"] = planted.at(n, t);
    run.test["ndcg@10"] = planted.at(n, t) / 2.0;
    point.run = run;
    return point;
}

Sweep plantedSweep()
{
    Sweep sweep;
    sweep.name = "planted";
    for (const std::int64_t hidden : {16, 32, 64, 128})
        for (const double share : {0.125, 0.25, 0.5, 1.0})
            sweep.points.push_back(plantedPoint(hidden, share));
    return sweep;
}

Json smallSweep()
{
    return {{"name", "small-sizes"}, {"dataset", "small"}, {"model", "sasrec"},
        {"sizes", {{{"hidden", 8}}, {{"hidden", 16}}}}, {"train_users", {0.5, 1.0}},
        {"parameters", {{"epochs", 1}, {"heads", 1}, {"layers", 1}}}, {"protocol", {{"filter", "none"}}}};
}

class SweepTest : public test::WorkspaceTest {
protected:
    void SetUp() override
    {
        WorkspaceTest::SetUp();
        open();
        generate();
    }
    Sweep plan(const Json& description)
    {
        Progress progress;
        return planSweep(workspace(), description, "test.json", progress);
    }
    void trainAll(Sweep& sweep)
    {
        for (SweepPoint& point : sweep.points)
            if (!point.isDone()) {
                Progress progress;
                trainPoint(workspace(), point, m_control, {}, progress);
            }
    }
};

} // namespace

TEST_F(SweepTest, RunsFoundByTheirTagAreThePlannedPoints)
{
    Sweep sweep = plan(smallSweep());
    ASSERT_EQ(sweep.points.size(), 4u);
    trainAll(sweep);
    EXPECT_EQ(sweepNames(workspace().store().runs()), std::vector<std::string>{"small-sizes"});
    const SweepOfRuns found = sweepOfRuns(workspace(), "small", "small-sizes", m_progress);
    EXPECT_EQ(found.leftOut, 0);
    ASSERT_EQ(found.sweep.points.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
        const SweepPoint &a = sweep.points[i], &b = found.sweep.points[i];
        EXPECT_EQ(a.run->id, b.run->id);
        EXPECT_EQ(a.share, b.share);
        EXPECT_EQ(a.parameterCount, b.parameterCount);
        EXPECT_EQ(a.work.interactions, b.work.interactions);
        EXPECT_EQ(a.work.flops, b.work.flops);
        EXPECT_TRUE(b.isDone());
        EXPECT_EQ(sweepValue(b, SplitPart::Test), a.run->test.at("ndcg@10"));
    }
    EXPECT_EQ(sweepTable(found.sweep), sweepTable(sweep)); // what fit reads is the same
    EXPECT_EQ(sweepProtocol(found.sweep), plan(smallSweep()).points.back().request.protocol); // of all users
    EXPECT_GT(secondsPerOperation(found.sweep), 0.0);
    EXPECT_THROW(sweepOfRuns(workspace(), "small", "another", m_progress), Error);
    EXPECT_THROW(sweepOfRuns(workspace(), "other", "small-sizes", m_progress), Error);
}

TEST_F(SweepTest, WhatRunsCostIsNotCountedAgain)
{
    Json description = smallSweep();
    description["train_users"] = {1.0};
    description["sizes"].erase(1);
    Sweep sweep = plan(description);
    trainAll(sweep);
    SweepOfRuns known = sweepOfRuns(workspace(), "small", "small-sizes", m_progress);
    known.sweep.points.front().work.flops = 7.0;
    const Sweep again = sweepOfRuns(workspace(), "small", "small-sizes", m_progress, &known.sweep).sweep;
    EXPECT_EQ(again.points.front().work.flops, 7.0);
    EXPECT_EQ(again.points.front().parameterCount, sweep.points.front().parameterCount);
    EXPECT_TRUE(again.points.front().isDone());
}

// Runs that were stored before a key existed are the points still; with another value of it they are not.
TEST_F(SweepTest, RunsFromBeforeAKeyExistedAreNotTrainedAgain)
{
    Json description = smallSweep();
    description["train_users"] = {1.0};
    Sweep sweep = plan(description);
    trainAll(sweep);
    Database(folder() / "recoscope.db", Database::Mode::ReadWrite)
        .execute("DROP TRIGGER finished_runs_stay;"
                 "UPDATE runs SET parameters = json_remove(parameters, '$.refit', '$.item_bias')");
    const RunRecord stored = workspace().store().run(sweep.points.front().run->id);
    EXPECT_FALSE(stored.parameters.contains("refit") || stored.parameters.contains("item_bias"));
    EXPECT_TRUE(plan(description).points.front().isDone());
    description["parameters"]["item_bias"] = true;
    EXPECT_FALSE(plan(description).points.front().isDone());
}

// Cancelled before it began: the sweep takes it up again, and it becomes what it would have been.
TEST_F(SweepTest, APointThatWasCancelledWhileItWaitedIsTrained)
{
    Json description = smallSweep();
    description["train_users"] = {1.0};
    Sweep sweep = plan(description);
    const RunId waited = workspace().createRun(sweep.points.back().request);
    workspace().cancelQueued(waited);
    EXPECT_EQ(workspace().store().run(waited).status, RunStatus::Cancelled);
    sweep = plan(description);
    ASSERT_TRUE(sweep.points.back().run);
    EXPECT_EQ(sweep.points.back().run->id, waited);
    trainAll(sweep);
    EXPECT_EQ(workspace().store().runs().size(), 2u); // no further one
    EXPECT_EQ(workspace().store().run(waited).status, RunStatus::Finished);
    const Workspace::NewRun& request = sweep.points.back().request;
    EXPECT_EQ(workspace().store().run(waited).test,
        execute(create(request.model, request.parameters)).test); // as one that never waited
    EXPECT_THROW(workspace().cancelQueued(waited), Error);
}

TEST_F(SweepTest, ARunOfSomebodyElseIsTaggedAndOneUnderAnotherProtocolIsLeftOut)
{
    const RunId own = create("sasrec", {{"hidden", 8}, {"epochs", 1}, {"heads", 1}, {"layers", 1}});
    execute(own);
    Json description = smallSweep();
    description["train_users"] = {1.0};
    Sweep sweep = plan(description);
    tagRuns(workspace(), sweep);
    EXPECT_TRUE(isOfSweep(workspace().store().run(own), "small-sizes"));
    trainAll(sweep);
    EXPECT_EQ(sweepOfRuns(workspace(), "small", "small-sizes", m_progress).sweep.points.size(), 2u);
    // The newest run decides what can stand in one table with it.
    Workspace::NewRun other = sweep.points.front().request;
    other.protocol.maskSeen = MaskSeen::None;
    workspace().createRun(other);
    const SweepOfRuns mixed = sweepOfRuns(workspace(), "small", "small-sizes", m_progress);
    EXPECT_EQ(mixed.leftOut, 2);
    ASSERT_EQ(mixed.sweep.points.size(), 1u);
    EXPECT_FALSE(mixed.sweep.points.front().isDone());
    EXPECT_TRUE(scalingPoints(mixed.sweep, ScalingForm::Power, SplitPart::Valid).empty());
}

TEST_F(SweepTest, ADescriptionWithAMistakeIsRefusedAndWritesNothing)
{
    const auto files = tree();
    const std::vector<std::pair<std::string, Json>> mistakes{{"train_users", {"half"}}, {"train_users", {0.0}},
        {"sizes", Json::array()}, {"model", "no-such-model"}, {"sizes_", 1}, {"max_minutes", -1.0},
        {"parameters", {{"epochs", 1}, {"refit", true}}}};
    for (const auto& [key, value] : mistakes) {
        Json description = smallSweep();
        description[key] = value;
        EXPECT_THROW(plan(description), Error) << key;
    }
    EXPECT_TRUE(workspace().store().runs().empty());
    EXPECT_EQ(tree().size(), files.size());
}

TEST(SweepFit, FindsThePlantedLawCostAndFront)
{
    Progress progress;
    const Sweep sweep = plantedSweep();
    const ComputeCost cost = interactionCost(sweep);
    EXPECT_NEAR(cost.perParameter, 6.0, 1e-6);
    EXPECT_NEAR(cost.perInteraction, 1000.0, 1e-3);
    const SweepFit fitted = fitSweep(sweep, ScalingForm::Joint, SplitPart::Valid, {100, 3}, progress);
    for (std::size_t i = 0; i < planted.parameters.size(); ++i)
        EXPECT_NEAR(fitted.fit.law.parameters[i], planted.parameters[i], 1e-3 * planted.parameters[i]) << i;
    const double budget = 3.0 * fitted.compute.high;
    const FrontPoint point = frontOf(fitted, std::vector<double>{budget}).front();
    const ComputeOptimum best = computeOptimum(planted, budget, plantedCost);
    EXPECT_NEAR(point.optimum.n, best.n, 0.01 * best.n);
    EXPECT_NEAR(point.optimum.value, best.value, 1e-4);
    EXPECT_TRUE(point.extrapolated);
    EXPECT_LE(point.value.low, point.optimum.value + 1e-6);
    EXPECT_GE(point.value.high, point.optimum.value - 1e-6);
    // The test part is half of it everywhere.
    const SweepFit test = fitSweep(sweep, ScalingForm::Joint, SplitPart::Test, {100, 3}, progress);
    EXPECT_NEAR(test.fit.law.at(6400, 20000), planted.at(6400, 20000) / 2.0, 1e-5);
}

TEST(SweepFit, WithoutSharesOfDataSizeFollowsTheRuns)
{
    Progress progress;
    Sweep sweep;
    sweep.name = "sizes";
    for (const std::int64_t hidden : {8, 16, 32, 64, 128, 256})
        sweep.points.push_back(plantedPoint(hidden, 1.0));
    EXPECT_THROW(fitSweep(sweep, ScalingForm::Joint, SplitPart::Valid, {100, 3}, progress), Error);
    const SweepFit fitted = fitSweep(sweep, ScalingForm::Power, SplitPart::Valid, {100, 3}, progress);
    EXPECT_EQ(fitted.points.size(), 6u);
    EXPECT_EQ(fitted.points.front().x, bestCompute(sweep.points.front()));
    const FrontPoint point = frontOf(fitted, std::vector<double>{fitted.compute.high}).front();
    EXPECT_FALSE(point.extrapolated);
    EXPECT_NEAR(point.optimum.value, planted.at(25600, 20000), 0.01);
    EXPECT_NEAR(point.optimum.t, 20000.0, 1e-6 * 20000.0); // all trained on the same
}

TEST(SweepFit, ThePlannedRunGrowsWhatGrew)
{
    const Sweep sweep = plantedSweep();
    const Workspace::NewRun run = plannedRun(sweep, 4700.0, 10100.0);
    EXPECT_EQ(run.parameters.at("hidden"), 48); // 47 in steps of 16
    EXPECT_EQ(run.parameters.at("layers"), 2);
    EXPECT_EQ(run.parameters.at("dropout"), 0.1);
    EXPECT_EQ(run.protocol.trainUsers, 0.505);
    EXPECT_EQ(run.protocol.trainUsersSeed, 5u);
    EXPECT_EQ(run.seed, 7u);
    EXPECT_EQ(run.tags, std::vector<std::string>{"sweep:planted"});
    // More data than there is: all of it, and the protocol of a whole run.
    const Workspace::NewRun large = plannedRun(sweep, 1e5, 1e9);
    EXPECT_EQ(large.parameters.at("hidden"), 1008); // 1000 in steps of 16, rounded
    EXPECT_FALSE(large.protocol.trainUsers);
    EXPECT_EQ(large.protocol.hash(), plantedPoint(16, 1.0).request.protocol.hash());
    EXPECT_THROW(plannedRun(Sweep{}, 100.0, 100.0), Error);
}
