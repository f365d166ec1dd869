// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The life of a run, with counting models, which are done in milliseconds.

#include <algorithm>
#include <cerrno>
#include <thread>

#include "engine/models/registry.h"
#include "engine/training/trainer.h"
#include "tests/engine/workspace/workspace_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

class RunLife : public WorkspaceTest {
protected:
    void SetUp() override
    {
        WorkspaceTest::SetUp();
        open();
        generate();
    }
    std::size_t evaluatedUsers(SplitPart part)
    {
        Protocol protocol;
        protocol.filter = FilterKind::None;
        return workspace().prepareData("small", protocol, m_progress)->evaluatedUsers(part).size();
    }
};

TEST_F(RunLife, ARequestIsCheckedBeforeAnythingIsStored)
{
    EXPECT_EQ(kindOf([&] { create("markof", Json::object()); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { create("lrurec", {{"epoch", 1}}); }), ErrorKind::Usage);
    EXPECT_EQ(kindOf([&] { create("lrurec", {{"epochs", -1}}); }), ErrorKind::Usage);
    for (const ModelDescriptor& model : modelRegistry()) {
        if (!fullSchema(model).validate(Json::object()).contains("heads"))
            continue;
        EXPECT_EQ(kindOf([&] { create(model.name, {{"hidden", 10}, {"heads", 3}}); }), ErrorKind::Usage) << model.name;
    }
    EXPECT_EQ(kindOf([&] { create("hllm", {{"hidden", 18}, {"heads", 2}}); }), ErrorKind::Usage) << "of odd width";
    EXPECT_EQ(kindOf([&] { create("sasrec", {{"gated", true}, {"norm", "post"}}); }), ErrorKind::Usage);
    EXPECT_EQ(kindOf([&] { create("persrec", {{"tokens", 9}, {"segment", 4}}); }), ErrorKind::Usage);
    Workspace::NewRun request;
    request.dataset = "none";
    request.model = "markov";
    EXPECT_EQ(kindOf([&] { workspace().createRun(request); }), ErrorKind::NotFound);
    EXPECT_TRUE(workspace().store().runs(true).empty());
}

TEST_F(RunLife, DataThatCannotTrainAModelAreRefusedBeforeAnythingIsStored)
{
    workspace().generate({{"users", 40}, {"items", 60}, {"clusters", 4}, {"feedback", "none"}}, 3, "plain", m_progress);
    Workspace::NewRun request;
    request.dataset = "plain";
    request.model = "argus";
    EXPECT_EQ(kindOf([&] { workspace().createRun(request); }), ErrorKind::Input);
    EXPECT_TRUE(workspace().store().runs(true).empty());
    request.parameters = {{"tasks", "next_item"}};
    EXPECT_NO_THROW(workspace().createRun(request));
}

// Rankings inside and after the training are parts of the run: the bar never jumps back.
TEST_F(RunLife, ProgressOfARunOnlyGrows)
{
    // Far enough apart to be told: reports closer than 50 ms are dropped.
    m_listener.onEpoch = [](const EpochRecord&) { std::this_thread::sleep_for(std::chrono::milliseconds(60)); };
    std::vector<double> fractions;
    bool ranked = false;
    Progress progress([&](const ProgressReport& report) {
        fractions.push_back(report.fraction);
        ranked |= report.text.starts_with("Ranking") && report.fraction >= 0.97;
    });
    const RunId id = create("sasrec", {{"epochs", 4}, {"hidden", 16}});
    workspace().execute(id, m_control, m_listener, progress);
    EXPECT_TRUE(std::is_sorted(fractions.begin(), fractions.end()));
    EXPECT_GE(fractions.size(), 4u);
    EXPECT_TRUE(ranked) << "the last ranking is a part of its own at the end";
}

TEST_F(RunLife, AQueuedRunKnowsEverythingThatDecidesItsResult)
{
    const RunId id = create("markov", {{"count_again", true}});
    const RunRecord run = workspace().store().run(id);
    EXPECT_EQ(run.status, RunStatus::Queued);
    EXPECT_EQ(run.datasetHash, workspace().openDataset("small")->info().contentHash);
    EXPECT_EQ(run.parameters.at("count_again"), true);
    EXPECT_GT(run.parameters.size(), 1u) << "defaults are filled in";
    EXPECT_EQ(Protocol::fromJson(run.protocol).hash(), run.protocolHash);
    EXPECT_EQ(run.seed, 42u);
    EXPECT_TRUE(run.environment.contains("processor"));
    EXPECT_EQ(run.name, "Markov count_again=true");
    EXPECT_FALSE(run.created.empty());
    EXPECT_NE(create("markov", Json::object()), id);
}

TEST_F(RunLife, ACountedRunIsFinishedWithAllItsResults)
{
    const RunRecord run = execute(create("markov", Json::object()));
    EXPECT_EQ(run.status, RunStatus::Finished);
    EXPECT_EQ(run.remark, "counted on train");
    EXPECT_GT(run.test.at("ndcg@10"), 0.0);
    EXPECT_GT(run.valid.at("ndcg@10"), 0.0);
    EXPECT_GT(run.testHalfWidth.at("ndcg@10"), 0.0);
    EXPECT_FALSE(run.started.empty());
    EXPECT_FALSE(run.finished.empty());
    const Store& store = workspace().store();
    for (const SplitPart part : {SplitPart::Valid, SplitPart::Test}) {
        EXPECT_EQ(store.userMetrics(run.id, part).size(), evaluatedUsers(part));
        EXPECT_FALSE(store.slices(run.id, part).empty());
    }
    const Json description = readJson(workspace().runFolder(run.id) / "run.json");
    EXPECT_EQ(description.at("status"), "finished");
    EXPECT_EQ(description.at("metrics").at("test").at("ndcg@10"), run.test.at("ndcg@10"));
}

TEST_F(RunLife, StoredRanksGiveTheStoredMean)
{
    const RunRecord run = execute(create("markov", Json::object()));
    double hits = 0;
    const auto rows = workspace().store().userMetrics(run.id, SplitPart::Test);
    for (const UserMetricRow& row : rows)
        hits += row.rank <= 10 ? 1 : 0;
    EXPECT_DOUBLE_EQ(run.test.at("hr@10"), hits / static_cast<double>(rows.size()));
}

TEST_F(RunLife, CountingAgainChangesTestAndNeverValidation)
{
    const RunRecord once = execute(create("markov", {{"count_again", false}}));
    const RunRecord again = execute(create("markov", {{"count_again", true}}));
    EXPECT_EQ(again.remark, "counted on train + validation");
    EXPECT_EQ(again.valid, once.valid);
    EXPECT_NE(again.test, once.test);
}

TEST_F(RunLife, ARefitChangesTestAndNeverValidation)
{
    const Json settings = {{"hidden", 8}, {"epochs", 3}, {"learning_rate", 0.01}};
    Json refit = settings;
    refit["refit"] = true;
    const RunRecord once = execute(create("lrurec", settings)), again = execute(create("lrurec", refit));
    EXPECT_EQ(once.remark, "");
    EXPECT_EQ(again.remark, "tested as trained on train + validation");
    EXPECT_EQ(again.valid, once.valid);
    EXPECT_NE(again.test, once.test);
    const Protocol protocol = Protocol::fromJson(again.protocol);
    EXPECT_EQ(workspace().evaluate(again.id, protocol, {}, m_progress).metrics.values, again.test);
    RankingOptions valid;
    valid.part = SplitPart::Valid;
    EXPECT_EQ(workspace().evaluate(again.id, protocol, valid, m_progress).metrics.values, again.valid);
}

TEST_F(RunLife, WeightsOfAnotherRunAreRefusedByWhatDiffers)
{
    const Json small = {{"hidden", 8}, {"epochs", 1}}, large = {{"hidden", 16}, {"epochs", 1}};
    const RunRecord own = execute(create("lrurec", small)), wider = execute(create("lrurec", large)),
                    other = execute(create("sasrec", small));
    const auto weights = [this](const RunRecord& run) { return workspace().runFolder(run.id) / "weights.safetensors"; };
    for (const auto& [stranger, says] :
        {std::pair(wider, "hidden 16 instead of 8"), std::pair(other, "model sasrec")}) {
        std::filesystem::copy_file(weights(stranger), weights(own), std::filesystem::copy_options::overwrite_existing);
        const Error error
            = errorOf([&] { workspace().evaluate(own.id, Protocol::fromJson(own.protocol), {}, m_progress); });
        EXPECT_EQ(error.kind(), ErrorKind::Input);
        EXPECT_NE(error.message().find(says), std::string::npos) << error.message();
    }
}

TEST_F(RunLife, ModelsThatCompressNeedAHistoryThatLong)
{
    const RunId id = create("persrec", {{"segment", 64}, {"recent", 64}, {"epochs", 1}});
    const Error error = errorOf([&] { execute(id); });
    EXPECT_EQ(error.kind(), ErrorKind::Input);
    EXPECT_NE(error.message().find("no user has the 128 training events"), std::string::npos) << error.message();
}

TEST_F(RunLife, AFinishedRunIsNotRunAgain)
{
    const RunRecord run = execute(create("most_popular", Json::object()));
    EXPECT_EQ(kindOf([&] { execute(run.id); }), ErrorKind::Refused);
    EXPECT_EQ(kindOf([&] { resume(run.id); }), ErrorKind::Refused);
    EXPECT_EQ(workspace().store().run(run.id).finished, run.finished);
}

TEST_F(RunLife, EvaluatingAgainGivesTheSameNumbers)
{
    for (const bool again : {false, true}) {
        const RunRecord run = execute(create("markov", {{"count_again", again}}));
        Protocol protocol = Protocol::fromJson(run.protocol);
        EXPECT_EQ(workspace().evaluate(run.id, protocol, {}, m_progress).metrics.values, run.test);
        RankingOptions valid;
        valid.part = SplitPart::Valid;
        EXPECT_EQ(workspace().evaluate(run.id, protocol, valid, m_progress).metrics.values, run.valid);
        protocol.maskSeen = MaskSeen::None; // says only how to rank
        EXPECT_NE(workspace().evaluate(run.id, protocol, {}, m_progress).metrics.values, run.test);
        protocol.filterCount = 3;
        protocol.filter = FilterKind::KCore; // would be another split
        const Error error = errorOf([&] { workspace().evaluate(run.id, protocol, {}, m_progress); });
        EXPECT_EQ(error.kind(), ErrorKind::Refused);
        EXPECT_NE(error.message().find("filter"), std::string::npos) << error.message();
    }
}

TEST_F(RunLife, AFailureIsKeptWithItsReason)
{
    const RunId id = create("markov", Json::object());
    std::filesystem::remove_all(workspace().datasetFolder("small"));
    EXPECT_EQ(kindOf([&] { execute(id); }), ErrorKind::NotFound);
    const RunRecord run = workspace().store().run(id);
    EXPECT_EQ(run.status, RunStatus::Failed);
    EXPECT_NE(run.error.find("small"), std::string::npos) << run.error;
    EXPECT_TRUE(run.test.empty());
}

TEST_F(RunLife, AFullDiskFailsTheRunAndTheDatabaseKnows)
{
    const RunId id = create("markov", Json::object());
    setFileFault([](std::string_view operation, const Path&) { return operation == "write" ? ENOSPC : 0; });
    EXPECT_EQ(kindOf([&] { execute(id); }), ErrorKind::Resource); // run.json cannot be written
    setFileFault({});
    const RunRecord run = workspace().store().run(id);
    EXPECT_EQ(run.status, RunStatus::Failed);
    EXPECT_NE(run.error.find("disk full"), std::string::npos) << run.error;
    EXPECT_EQ(resume(id).status, RunStatus::Finished);
}

TEST_F(RunLife, APausedTrainingIsPausedInTheStore)
{
    const RunId id = create("lrurec", {{"hidden", 8}, {"epochs", 2}});
    const Path description = workspace().runFolder(id) / "run.json";
    Progress progress;
    std::vector<std::string> seen;
    m_listener.onEpoch = [&](const EpochRecord& epoch) {
        EXPECT_EQ(readJson(description).at("status"), "running") << "the folder says what it is from the start";
        if (epoch.epoch == 1)
            progress.requestPause();
    };
    m_listener.onPause = [&](bool paused) {
        const RunRecord run = workspace().store().run(id);
        seen.push_back(runStatusName(run.status));
        EXPECT_EQ(run.epochs, 1) << "what was trained stays known";
        EXPECT_EQ(kindOf([&] { workspace().store().deleteRun(id); }), ErrorKind::Refused);
        if (paused)
            progress.resume();
    };
    const RunRecord run = workspace().execute(id, m_control, m_listener, progress);
    EXPECT_EQ(seen, (std::vector<std::string>{"paused", "running"}));
    EXPECT_EQ(run.status, RunStatus::Finished);
    EXPECT_EQ(run.epochs, 2);
    EXPECT_EQ(readJson(description).at("status"), "finished");
}

TEST_F(RunLife, TheDeviceIsChosenAndReported)
{
    const RunRecord run = workspace().store().run(create("markov", Json::object()));
    EXPECT_EQ(run.environment.at("device"), "cpu");
    EXPECT_EQ(run.environment.at("device_asked"), "auto");
    Workspace::NewRun request;
    request.dataset = "small";
    request.model = "markov";
    request.device = "cuda";
    EXPECT_EQ(kindOf([&] { workspace().createRun(request); }), ErrorKind::Resource);
    request.device = "gpu";
    EXPECT_EQ(kindOf([&] { workspace().createRun(request); }), ErrorKind::Usage);
    EXPECT_EQ(workspace().store().runs(true).size(), 1u) << "nothing is stored of what cannot be";
}

TEST_F(RunLife, ACancelledRunCanBeResumed)
{
    const RunId id = create("markov", Json::object());
    Progress progress;
    progress.requestCancel();
    EXPECT_EQ(kindOf([&] { workspace().execute(id, m_control, m_listener, progress); }), ErrorKind::Cancelled);
    EXPECT_EQ(workspace().store().run(id).status, RunStatus::Cancelled);
    EXPECT_EQ(kindOf([&] { execute(id); }), ErrorKind::Refused);
    EXPECT_EQ(resume(id).status, RunStatus::Finished);
}

TEST_F(RunLife, ARunInOtherHandsIsLeftAlone)
{
    const RunId id = create("markov", Json::object());
    std::filesystem::create_directories(workspace().runFolder(id));
    {
        const FileLock other(workspace().runFolder(id) / "lock");
        EXPECT_EQ(kindOf([&] { execute(id); }), ErrorKind::Resource);
        EXPECT_EQ(workspace().store().run(id).status, RunStatus::Queued);
    }
    EXPECT_EQ(execute(id).status, RunStatus::Finished);
}

TEST_F(RunLife, OpeningMarksRunsOfDeadProgramsOnly)
{
    for (const char* id : {"dead", "alive"}) {
        RunRecord run = workspace().store().run(create("markov", Json::object()));
        run.id = id;
        run.status = RunStatus::Running;
        workspace().store().putRun(run);
        std::filesystem::create_directories(workspace().runFolder(id));
    }
    const FileLock alive(workspace().runFolder("alive") / "lock");
    const Workspace second(folder());
    EXPECT_EQ(second.store().run("alive").status, RunStatus::Running);
    EXPECT_EQ(second.store().run("dead").status, RunStatus::Interrupted);
    EXPECT_EQ(resume("dead").status, RunStatus::Finished);
}

TEST_F(RunLife, PurgingRemovesRowsAndFolders)
{
    const RunId gone = execute(create("most_popular", Json::object())).id;
    const RunId kept = execute(create("most_popular", Json::object())).id;
    workspace().store().deleteRun(gone);
    workspace().store().restoreRun(gone);
    workspace().purge();
    EXPECT_TRUE(std::filesystem::exists(workspace().runFolder(gone)));
    workspace().store().deleteRun(gone);
    workspace().purge();
    EXPECT_FALSE(std::filesystem::exists(workspace().runFolder(gone)));
    EXPECT_TRUE(std::filesystem::exists(workspace().runFolder(kept)));
    EXPECT_EQ(workspace().store().runs(true).size(), 1u);
}

TEST_F(RunLife, ASessionOfACountedRunRanksAsTheTestDid)
{
    const RunRecord run = execute(create("markov", {{"count_again", true}}));
    const auto session = workspace().openSession(run.id, m_progress);
    EXPECT_EQ(workspace().openSession(run.id, m_progress), session);
    for (const UserMetricRow& row : workspace().store().userMetrics(run.id, SplitPart::Test)) {
        const PackedSequences history = session->historyOf(row.user, 1);
        EXPECT_EQ(session->rankOf(history.view(), row.target).rank, row.rank) << row.user;
    }
}
