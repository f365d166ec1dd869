// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>

#include "tests/engine/store/store_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

using Runs = StoreTest;

TEST_F(Runs, KeepEveryFieldAcrossReopening)
{
    RunRecord run = makeRun("20261121-040812-3f2a", RunStatus::Stopped);
    run.started = "2026-11-21T04:08:13Z";
    run.finished = "2026-11-21T04:09:00Z";
    run.epochs = 7;
    run.bestEpoch = 5;
    run.seconds = 47.5;
    run.secondsPerEpoch = 6.25;
    run.peakMemoryBytes = std::int64_t(5) << 30;
    run.parameterCount = 123456;
    run.error = "none, but \"quoted\" and 'so'";
    run.notes = "Zürich – 東京";
    run.tags = {"b", "a"};
    run.valid = {{"ndcg@10", 0.25}};
    run.test = {{"ndcg@10", 0.125}, {"coverage@10", 0.5}};
    run.testHalfWidth = {{"ndcg@10", 0.01}};
    run.remark = "counted on train + validation";
    Store(database()).putRun(run);

    const RunRecord read = Store(database()).run(run.id);
    EXPECT_EQ(read.name, run.name);
    EXPECT_EQ(read.dataset, run.dataset);
    EXPECT_EQ(read.datasetHash, run.datasetHash);
    EXPECT_EQ(read.model, run.model);
    EXPECT_EQ(read.parameters, run.parameters);
    EXPECT_EQ(read.protocol, run.protocol);
    EXPECT_EQ(read.protocolHash, run.protocolHash);
    EXPECT_EQ(read.seed, run.seed);
    EXPECT_EQ(read.environment, run.environment);
    EXPECT_EQ(read.status, run.status);
    EXPECT_EQ(read.created, run.created);
    EXPECT_EQ(read.started, run.started);
    EXPECT_EQ(read.finished, run.finished);
    EXPECT_EQ(read.epochs, run.epochs);
    EXPECT_EQ(read.bestEpoch, run.bestEpoch);
    EXPECT_EQ(read.seconds, run.seconds);
    EXPECT_EQ(read.secondsPerEpoch, run.secondsPerEpoch);
    EXPECT_EQ(read.peakMemoryBytes, run.peakMemoryBytes);
    EXPECT_EQ(read.parameterCount, run.parameterCount);
    EXPECT_EQ(read.error, run.error);
    EXPECT_EQ(read.notes, run.notes);
    EXPECT_EQ(read.tags, run.tags);
    EXPECT_EQ(read.valid, run.valid);
    EXPECT_EQ(read.test, run.test);
    EXPECT_EQ(read.testHalfWidth, run.testHalfWidth);
    EXPECT_EQ(read.remark, run.remark);
}

TEST_F(Runs, FinishedRunsAreImmutableExceptForTheirLabels)
{
    Store store(database());
    RunRecord run = makeRun("a", RunStatus::Running);
    store.putRun(run);
    store.addEpoch("a", makeEpoch(1));
    run.status = RunStatus::Finished;
    run.test = {{"hr@10", 0.5}};
    store.putRun(run);

    run.test = {{"hr@10", 0.9}};
    EXPECT_EQ(kindOf([&] { store.putRun(run); }), ErrorKind::Refused);
    EXPECT_EQ(kindOf([&] { store.truncateEpochs("a", 0); }), ErrorKind::Refused);
    EXPECT_EQ(kindOf([&] { store.addEpoch("a", makeEpoch(2)); }), ErrorKind::Refused);
    store.putUserMetrics("a", SplitPart::Test, {UserResult{}});
    EXPECT_EQ(kindOf([&] { store.flush(); }), ErrorKind::Refused);
    store.putSlices("a", SplitPart::Test, {MetricSlice{}});
    EXPECT_EQ(kindOf([&] { store.flush(); }), ErrorKind::Refused);
    EXPECT_EQ(store.run("a").test.at("hr@10"), 0.5);
    EXPECT_EQ(store.epochs("a").size(), 1u);

    store.setRunName("a", "new name");
    store.setRunNotes("a", "note");
    store.setRunTags("a", {"good"});
    store.addLatency("a", {LatencyPoint{}}, Json::object());
    store.deleteRun("a");
    store.restoreRun("a");
    store.flush();
    EXPECT_EQ(store.run("a").name, "new name");
    EXPECT_EQ(store.run("a").notes, "note");
    EXPECT_EQ(store.run("a").tags, std::vector<std::string>{"good"});
}

TEST_F(Runs, LabelsEditedDuringTrainingSurviveTheNextRecord)
{
    Store store(database());
    RunRecord run = makeRun("a");
    store.putRun(run);
    store.setRunName("a", "edited");
    store.setRunNotes("a", "while training");
    store.setRunTags("a", {"t"});
    run.epochs = 3;
    store.putRun(run);
    EXPECT_EQ(store.run("a").name, "edited");
    EXPECT_EQ(store.run("a").notes, "while training");
    EXPECT_EQ(store.run("a").tags, std::vector<std::string>{"t"});
    EXPECT_EQ(store.run("a").epochs, 3);
}

TEST_F(Runs, AreFoundByIdNameOrUniqueBeginning)
{
    Store store(database());
    for (const char* id : {"2026-aa1", "2026-ab2", "2027-b"})
        store.putRun(makeRun(id));
    store.setRunName("2026-aa1", "2027-b"); // the id of another run wins over a name
    EXPECT_EQ(store.run("2027-b").id, "2027-b");
    EXPECT_EQ(store.run("name of 2026-ab2").id, "2026-ab2");
    EXPECT_EQ(store.run("2026-ab").id, "2026-ab2");
    EXPECT_EQ(kindOf([&] { store.run("2026-a"); }), ErrorKind::Usage);
    EXPECT_EQ(kindOf([&] { store.run(""); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { store.run("2026%"); }), ErrorKind::NotFound);
    try {
        store.run("2026-ab3");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::NotFound);
        EXPECT_NE(error.hint().find("2026-ab2"), std::string::npos) << error.hint();
    }
}

TEST_F(Runs, ComeNewestFirst)
{
    Store store(database());
    for (const char* id : {"b", "a", "c"}) {
        RunRecord run = makeRun(id);
        run.created = std::string("2026-11-2") + (id[0] == 'a' ? "3" : "1") + "T00:00:00Z";
        store.putRun(run);
    }
    std::vector<std::string> ids;
    for (const RunRecord& run : store.runs())
        ids.push_back(run.id);
    EXPECT_EQ(ids, (std::vector<std::string>{"a", "c", "b"}));
}

TEST_F(Runs, GoToTheBinAndComeBackUntilPurged)
{
    Store store(database());
    store.putRun(makeRun("a", RunStatus::Stopped));
    store.putRun(makeRun("b", RunStatus::Stopped));
    store.putUserMetrics("a", SplitPart::Test, {UserResult{0, 1, 2.0, 3, 4}});
    store.deleteRun("a");
    EXPECT_EQ(store.runs().size(), 1u);
    EXPECT_EQ(store.runs(true).size(), 2u);
    store.restoreRun("a");
    EXPECT_EQ(store.runs().size(), 2u);
    EXPECT_EQ(store.userMetrics("a", SplitPart::Test).size(), 1u);
    store.deleteRun("a");
    EXPECT_EQ(store.purgeDeleted(), std::vector<RunId>{"a"});
    EXPECT_EQ(store.runs(true).size(), 1u);
    EXPECT_EQ(kindOf([&] { store.userMetrics("a", SplitPart::Test); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { store.restoreRun("a"); }), ErrorKind::NotFound);
    EXPECT_TRUE(store.purgeDeleted().empty());
}

TEST_F(Runs, RunningOnesCannotBeDeleted)
{
    Store store(database());
    store.putRun(makeRun("a", RunStatus::Running));
    EXPECT_EQ(kindOf([&] { store.deleteRun("a"); }), ErrorKind::Refused);
    EXPECT_FALSE(store.run("a").deleted);
}

TEST_F(Runs, OfDeadProgramsBecomeInterrupted)
{
    Store store(database());
    store.putRun(makeRun("dead", RunStatus::Running));
    store.putRun(makeRun("paused", RunStatus::Paused));
    store.putRun(makeRun("alive", RunStatus::Running));
    store.putRun(makeRun("queued", RunStatus::Queued));
    EXPECT_EQ(store.markInterrupted([](const RunId& id) { return id == "alive"; }), 2);
    EXPECT_EQ(store.run("dead").status, RunStatus::Interrupted);
    EXPECT_EQ(store.run("paused").status, RunStatus::Interrupted);
    EXPECT_EQ(store.run("alive").status, RunStatus::Running);
    EXPECT_EQ(store.run("queued").status, RunStatus::Queued);
}

TEST_F(Runs, ChangesOfUnknownRunsAreNotFound)
{
    Store store(database());
    EXPECT_EQ(kindOf([&] { store.setRunName("x", "n"); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { store.setRunTags("x", {"n"}); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { store.deleteRun("x"); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { store.epochs("x"); }), ErrorKind::NotFound);
    EXPECT_EQ(kindOf([&] { store.addEpoch("x", {}); }), ErrorKind::NotFound);
    store.putUserMetrics("x", SplitPart::Test, {});
    EXPECT_EQ(kindOf([&] { store.flush(); }), ErrorKind::NotFound);
    store.flush(); // an error is told once
}

TEST_F(Runs, DatasetsAndDocumentsAreKept)
{
    {
        Store store(database());
        DatasetRecord record{"tour", "hash", "generator", "seed 1", "2026-11-21T00:00:00Z", 3, 4, 5};
        store.putDataset(record);
        record.users = 6;
        store.putDataset(record);
        store.putDataset({"b", "", "", "", "", 1, 1, 1});
        store.removeDataset("b");
        store.putDocument("layout", {{"width", 1200}});
        store.putDocument("layout", {{"width", 1300}});
    }
    const Store store(database());
    ASSERT_EQ(store.datasets().size(), 1u);
    EXPECT_EQ(store.datasets()[0].users, 6);
    EXPECT_EQ(store.datasets()[0].interactions, 5);
    EXPECT_EQ(store.document("layout").value().at("width"), 1300);
    EXPECT_FALSE(store.document("other").has_value());
}
