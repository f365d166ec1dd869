// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <atomic>
#include <csignal>
#include <functional>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "engine/core/random.h"
#include "engine/core/sqlite.h"
#include "tests/engine/store/failing_disk.h"
#include "tests/engine/store/store_fixture.h"

using namespace recoscope;
using namespace recoscope::test;

namespace {

constexpr int usersOfRun = 300;

std::vector<UserResult> someUsers()
{
    std::vector<UserResult> users;
    for (int user = 0; user < usersOfRun; ++user)
        users.push_back({user, user % 7, 1.0 + user % 30, user % 50, user % 9});
    return users;
}

void writeWholeRun(Store& store, const std::string& id)
{
    RunRecord run = makeRun(id, RunStatus::Running);
    store.putRun(run);
    store.addEpoch(id, makeEpoch(1));
    store.addEpoch(id, makeEpoch(2));
    store.putUserMetrics(id, SplitPart::Test, someUsers());
    store.putSlices(id, SplitPart::Test, {MetricSlice{"g", "s", 1, {}}});
    store.flush();
    run.status = RunStatus::Finished;
    run.epochs = 2;
    run.test = {{"ndcg@10", 0.5}};
    store.putRun(run);
}

// Runs `work` in another process; returns what waitpid says.
int inChild(const std::function<void()>& work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        try {
            work();
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

} // namespace

class Faults : public StoreTest {
protected:
    void SetUp() override
    {
        installFailingDisk();
        StoreTest::SetUp();
    }
    void TearDown() override
    {
        setDiskFull(false);
        StoreTest::TearDown();
    }
    void expectSound()
    {
        Database file(database(), Database::Mode::ReadWrite);
        Statement check(file, "PRAGMA integrity_check");
        ASSERT_TRUE(check.step());
        EXPECT_EQ(check.text(0), "ok");
        EXPECT_EQ(file.integer("SELECT count(*) FROM pragma_foreign_key_check"), 0);
    }
};

TEST_F(Faults, AFullDiskIsToldAndHarmsNothing)
{
    Store store(database());
    writeWholeRun(store, "before");
    setDiskFull(true);
    try {
        store.putRun(makeRun("during"));
        FAIL() << "the disk was full";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Resource);
        EXPECT_NE(error.message().find("disk full"), std::string::npos) << error.message();
        EXPECT_NE(error.message().find("bytes free"), std::string::npos) << error.message();
    }
    store.putDocument("layout", {{"width", 1}});
    EXPECT_EQ(kindOf([&] { store.flush(); }), ErrorKind::Resource);
    EXPECT_EQ(store.runs().size(), 1u); // readers go on
    setDiskFull(false);
    writeWholeRun(store, "after");
    EXPECT_EQ(store.runs().size(), 2u);
    EXPECT_FALSE(store.document("layout").has_value());
    expectSound();
}

TEST_F(Faults, AFullDiskAtCreationLeavesNoHalfDatabase)
{
    setDiskFull(true);
    EXPECT_EQ(kindOf([&] { Store store(database()); }), ErrorKind::Resource);
    setDiskFull(false);
    Store store(database());
    EXPECT_TRUE(store.runs().empty());
}

// The process dies at a seeded write, half of which reaches the disk. Whatever is called finished must be whole.
TEST_F(Faults, KilledWritersLeaveAConsistentDatabase)
{
    RandomStream random(2026, "kill");
    int killed = 0;
    for (int round = 0; round < 24; ++round) {
        SCOPED_TRACE(round);
        const int writes = static_cast<int>(random.below(round % 3 == 0 ? 40 : 200));
        const int status = inChild([&] {
            killAtWrite(writes);
            Store store(database());
            for (int i = 0; i < 8; ++i)
                writeWholeRun(store, std::to_string(round) + "-" + std::to_string(i));
        });
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 1 : 0;
        expectSound();
        Store store(database());
        store.markInterrupted([](const RunId&) { return false; });
        for (const RunRecord& run : store.runs()) {
            if (run.status != RunStatus::Finished) {
                EXPECT_EQ(run.status, RunStatus::Interrupted);
                EXPECT_TRUE(run.test.empty());
                continue;
            }
            EXPECT_EQ(run.test.size(), 1u);
            EXPECT_EQ(store.epochs(run.id).size(), 2u);
            EXPECT_EQ(store.userMetrics(run.id, SplitPart::Test).size(), std::size_t(usersOfRun));
        }
    }
    EXPECT_GE(killed, 20);
}

TEST_F(Faults, TwoProgramsWriteOneDatabase)
{
    Store{database()};
    constexpr int each = 60;
    const auto writeMany = [&](const std::string& prefix) {
        Store store(database());
        for (int i = 0; i < each; ++i)
            store.putRun(makeRun(prefix + std::to_string(i)));
    };
    const pid_t other = ::fork();
    if (other == 0) {
        try {
            writeMany("child ");
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    writeMany("parent ");
    int status = 0;
    ::waitpid(other, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(Store(database()).runs().size(), std::size_t(2 * each));
}

TEST_F(Faults, TwoProgramsMayCreateTheDatabaseAtOnce)
{
    for (int round = 0; round < 10; ++round) {
        const Path file = m_folder / ("new" + std::to_string(round) + ".db");
        const pid_t other = ::fork();
        if (other == 0) {
            try {
                Store(file).putRun(makeRun("child"));
            } catch (...) {
                ::_exit(1);
            }
            ::_exit(0);
        }
        Store(file).putRun(makeRun("parent"));
        int status = 0;
        ::waitpid(other, &status, 0);
        EXPECT_EQ(status, 0);
        EXPECT_EQ(Store(file).runs().size(), 2u);
    }
}

TEST_F(Faults, ChangesOfAnotherProgramAreSeenOnTheNextRead)
{
    // Forked while there is one thread only; the other program starts to write when the pipe says so.
    int go[2];
    ASSERT_EQ(::pipe(go), 0);
    const pid_t other = ::fork();
    if (other == 0) {
        char byte = 0;
        if (::read(go[0], &byte, 1) != 1)
            ::_exit(1);
        try {
            Store(database()).putRun(makeRun("a"));
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    Store store(database());
    const std::uint64_t before = store.changeCounter();
    EXPECT_EQ(store.changeCounter(), before);
    ASSERT_EQ(::write(go[1], "x", 1), 1);
    int status = 0;
    ::waitpid(other, &status, 0);
    EXPECT_EQ(status, 0);
    ::close(go[0]);
    ::close(go[1]);
    EXPECT_GT(store.changeCounter(), before);
    EXPECT_EQ(store.runs().size(), 1u);
    const std::uint64_t after = store.changeCounter();
    store.setRunName("a", "own change");
    EXPECT_GT(store.changeCounter(), after);
}

TEST_F(Faults, ReadersSeeWholeRunsWhileAWriterIsAtWork)
{
    Store store(database());
    RunRecord run = makeRun("a", RunStatus::Running);
    store.putRun(run);
    std::atomic<bool> done{false};
    std::vector<std::thread> readers;
    std::atomic<int> torn{0};
    for (int i = 0; i < 3; ++i) {
        readers.emplace_back([&] {
            while (!done) {
                const std::size_t rows = store.userMetrics("a", SplitPart::Test).size();
                torn += rows != 0 && rows != std::size_t(usersOfRun) ? 1 : 0;
            }
        });
    }
    for (int i = 0; i < 30; ++i) {
        store.putUserMetrics("a", SplitPart::Test, someUsers());
        store.addEpoch("a", makeEpoch(i + 1));
    }
    store.flush();
    done = true;
    for (std::thread& reader : readers)
        reader.join();
    EXPECT_EQ(torn, 0);
    EXPECT_EQ(store.epochs("a").size(), 30u);
}

TEST_F(Faults, OneBadJobDoesNotSpoilItsNeighbours)
{
    Store store(database());
    store.putRun(makeRun("a"));
    // Queued together, so that they share a transaction.
    store.putUserMetrics("a", SplitPart::Valid, someUsers());
    store.putUserMetrics("missing", SplitPart::Valid, someUsers());
    store.putUserMetrics("a", SplitPart::Test, someUsers());
    EXPECT_EQ(kindOf([&] { store.flush(); }), ErrorKind::NotFound);
    EXPECT_EQ(store.userMetrics("a", SplitPart::Valid).size(), std::size_t(usersOfRun));
    EXPECT_EQ(store.userMetrics("a", SplitPart::Test).size(), std::size_t(usersOfRun));
}
