// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The cache of states: what comes out of it is what the whole history gives, never of other weights or of another
// history, and it stays within its limit by letting go of what was not asked for longest.

#include "engine/serving/state_cache.h"

#include <barrier>
#include <future>
#include <thread>

#include "engine/core/error.h"
#include "engine/core/sqlite.h"
#include "tests/engine/core/folder_test.h"
#include "tests/engine/inspection/trained_model.h"

namespace recoscope {
namespace {

class StateCaches : public test::TrainedOnSmallData {
protected:
    StateCaches() { data = test::smallData(longer, 60, 25, 32); }

    std::shared_ptr<const TrainedModel> compressing(const Json& further = Json::object())
    {
        Json all = {{"hidden", 8}, {"epochs", 1}, {"tokens", 2}, {"segment", 4}, {"recent", 3}};
        all.update(further);
        return train("persrec", all);
    }
    std::shared_ptr<const TrainedModel> small(const std::string& name, double rate = 0.001)
    {
        return train(name, {{"hidden", 8}, {"epochs", 1}, {"batch_size", 8}, {"learning_rate", rate}});
    }
    static PackedSequences historyOf(int events, int shift = 0)
    {
        PackedSequences one;
        std::vector<std::int32_t> items;
        std::vector<std::int64_t> times;
        for (int i = 0; i < events; ++i) {
            items.push_back((i % 25 * (i % 25) * 3 + i + shift) % 25);
            times.push_back(1000 + 60 * i);
        }
        one.append(items, times);
        return one;
    }
    std::int64_t knownOf(StateCache& cache, const std::string& user, const PackedSequences& history)
    {
        return cache.bringForward(user, history.view(), progress).known;
    }
    void expectAsFromScratch(StateCache& cache, const TrainedModel& model, const PackedSequences& history)
    {
        const auto fresh = model.newState();
        fresh->appendSequence(history.view(), 0);
        EXPECT_EQ(cache.bringForward("u", history.view(), progress).state->save(), fresh->save());
    }

    static constexpr std::int64_t plenty = 64 << 20;
    test::TemporaryFolder longer;
    const Path path = scratch / "states.db";
    Progress progress;
};

TEST_F(StateCaches, GiveWhatTheWholeHistoryGivesToTheByte)
{
    for (const char* precision : {"float", "half", "byte"})
        for (const char* memory : {"keys_values", "outputs", "recursive"}) {
            const auto model = compressing({{"state_precision", precision}, {"memory", memory}});
            StateCache cache(model, scratch / (std::string(precision) + memory + ".db"), plenty);
            for (const int events : {1, 7, 8, 21, 40}) // 40 are more than the window of 32
                expectAsFromScratch(cache, *model, historyOf(events));
        }
    for (const char* name : {"sasrec", "hstu", "lrurec", "gru4rec"}) {
        const auto model = small(name);
        StateCache cache(model, scratch / (std::string(name) + ".db"), plenty);
        for (const int events : {3, 12, 31})
            expectAsFromScratch(cache, *model, historyOf(events));
    }
}

TEST_F(StateCaches, LookAtNewEventsAloneAlsoAfterReopening)
{
    const auto model = compressing();
    EXPECT_EQ(knownOf(*std::make_unique<StateCache>(model, path, plenty), "u", historyOf(9)), 0);
    StateCache cache(model, path, plenty);
    EXPECT_EQ(knownOf(cache, "other", historyOf(20)), 0);
    EXPECT_EQ(knownOf(cache, "u", historyOf(20)), 9);
    EXPECT_EQ(knownOf(cache, "u", historyOf(20)), 20);
    EXPECT_EQ(cache.states(), 2);
}

TEST_F(StateCaches, StatesOfOtherWeightsAreNeverUsed)
{
    const auto model = compressing(), changed = compressing({{"learning_rate", 0.02}});
    const auto halved = compressing({{"state_precision", "half"}}); // the same weights
    StateCache first(model, path, plenty), second(changed, path, plenty), third(halved, path, plenty);
    EXPECT_EQ(knownOf(first, "u", historyOf(20)), 0);
    EXPECT_EQ(knownOf(second, "u", historyOf(20)), 0);
    expectAsFromScratch(second, *changed, historyOf(22));
    EXPECT_EQ(knownOf(third, "u", historyOf(20)), 0);
    expectAsFromScratch(third, *halved, historyOf(22));
    EXPECT_EQ(knownOf(second, "u", historyOf(22)), 22) << "each keeps its own";
}

TEST_F(StateCaches, OnlyForAHistoryThatBeginsLikeTheOneSeen)
{
    const auto model = compressing();
    StateCache cache(model, path, plenty);
    PackedSequences otherItem = historyOf(20), otherTime = historyOf(20);
    otherItem.items[2] = (otherItem.items[2] + 1) % 25;
    ++otherTime.times[2];
    for (const PackedSequences& changed : {otherItem, otherTime, historyOf(15)}) {
        knownOf(cache, "u", historyOf(20));
        EXPECT_EQ(knownOf(cache, "u", changed), 0);
        expectAsFromScratch(cache, *model, changed);
    }
    EXPECT_EQ(knownOf(cache, "nobody", historyOf(0)), 0);
    EXPECT_FALSE(cache.bringForward("nobody", historyOf(0).view(), progress).kept);
}

TEST_F(StateCaches, LetGoOfWhatWasNotUsedLongest)
{
    const auto model = compressing();
    constexpr std::int64_t limit = StateCache::leastBytes;
    auto open = std::make_unique<StateCache>(model, path, limit);
    StateCache& cache = *open;
    int users = 0;
    while (cache.evicted() < 50) {
        ASSERT_LT(users, 20'000);
        knownOf(cache, "u" + std::to_string(users++), historyOf(30));
        EXPECT_EQ(knownOf(cache, "u0", historyOf(30)), 30) << "used all the time";
        ASSERT_LE(cache.bytes(), limit);
    }
    EXPECT_GT(cache.states(), 100);
    EXPECT_EQ(cache.states() + cache.evicted(), users);
    EXPECT_EQ(knownOf(cache, "u" + std::to_string(users - 1), historyOf(30)), 30);
    EXPECT_EQ(knownOf(cache, "u1", historyOf(30)), 0) << "the oldest but one";
    const std::int64_t before = cache.states();
    open.reset();
    EXPECT_LE(std::filesystem::file_size(path), std::uintmax_t(limit));
    StateCache roomier(model, path, plenty);
    for (int user = 0; user < 2 * before; ++user)
        knownOf(roomier, "v" + std::to_string(user), historyOf(30));
    EXPECT_GT(roomier.bytes(), limit);
    StateCache narrow(model, path, limit); // evicts when it is opened
    EXPECT_LE(narrow.bytes(), limit);
    EXPECT_GT(narrow.evicted(), before);
    EXPECT_EQ(knownOf(narrow, "v" + std::to_string(2 * before - 1), historyOf(30)), 30);
}

TEST_F(StateCaches, AStateLargerThanTheCacheIsNotKeptAndNothingGoesForIt)
{
    const test::TemporaryFolder much;
    data = test::smallData(much, 60, 25, 80'000);
    const auto model = compressing({{"memory", "recursive"}, {"segment", 8}}); // keeps the window too
    StateCache cache(model, path, StateCache::leastBytes);
    knownOf(cache, "short", historyOf(30));
    const StateCache::Brought large = cache.bringForward("long", historyOf(66'000).view(), progress);
    EXPECT_GT(std::ssize(large.state->save()), StateCache::leastBytes);
    EXPECT_FALSE(large.kept);
    EXPECT_EQ(cache.evicted(), 0);
    EXPECT_EQ(knownOf(cache, "short", historyOf(30)), 30);
}

TEST_F(StateCaches, ADamagedStateIsBuiltAgain)
{
    const auto model = compressing();
    StateCache cache(model, path, plenty);
    knownOf(cache, "u", historyOf(20));
    Database(path, Database::Mode::ReadWrite)
        .execute("UPDATE states SET state = CAST(substr(state, 1, length(state) - 1) || x'7f' AS BLOB)");
    EXPECT_EQ(knownOf(cache, "u", historyOf(20)), 0);
    expectAsFromScratch(cache, *model, historyOf(23));
}

TEST_F(StateCaches, OtherFilesAndModelsAreRefusedAndUnharmed)
{
    const auto model = compressing();
    const Path other = scratch / "other.db";
    Database(other, Database::Mode::Create)
        .execute("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')");
    writeFileAtomically(scratch / "text", "This is no database at all, and long enough to look like a header of one.");
    for (const auto& [file, kind] : {std::pair{other, ErrorKind::Refused}, {scratch / "text", ErrorKind::Input}}) {
        const std::string before = readFile(file);
        EXPECT_EQ(test::kindOf([&] { StateCache(model, file, plenty); }), kind);
        EXPECT_EQ(readFile(file), before);
    }
    EXPECT_EQ(test::kindOf([&] { StateCache(train("markov", Json::object()), path, plenty); }), ErrorKind::Refused);
    EXPECT_EQ(test::kindOf([&] { StateCache(model, path, StateCache::leastBytes - 1); }), ErrorKind::Usage);
    EXPECT_FALSE(std::filesystem::exists(path));
    StateCache cache(model, path, plenty);
    EXPECT_EQ(test::kindOf([&] { cache.bringForward("u", PackedSequences().view(), progress); }), ErrorKind::Usage);
    Database(path, Database::Mode::ReadWrite).execute("PRAGMA user_version = 2");
    EXPECT_EQ(test::kindOf([&] { StateCache(model, path, plenty); }), ErrorKind::Refused);
}

TEST_F(StateCaches, ProgramsMayMakeAFileAtTheSameMoment)
{
    const auto model = compressing();
    for (int round = 0; round < 100; ++round) {
        const Path file = path.parent_path() / ("new" + std::to_string(round) + ".db");
        std::barrier start(2);
        const auto open = [&] {
            start.arrive_and_wait();
            try {
                StateCache cache(model, file, StateCache::leastBytes);
                return std::string();
            } catch (const Error& error) {
                return std::string(error.what());
            }
        };
        auto second = std::async(std::launch::async, open);
        EXPECT_EQ(open(), "");
        EXPECT_EQ(second.get(), "");
    }
}

TEST_F(StateCaches, ProgramsShareAFile)
{
    const auto model = compressing();
    const auto work = [&](int shift) {
        StateCache cache(model, path, StateCache::leastBytes);
        Progress quiet;
        for (int i = 0; i < 300; ++i)
            cache.bringForward("u" + std::to_string(i % 60), historyOf(10 + i % 20, (i % 60) * shift).view(), quiet);
    };
    std::thread second(work, 3);
    work(3);
    second.join();
    StateCache cache(model, path, plenty);
    EXPECT_EQ(cache.states(), 60);
    for (int user = 0; user < 60; ++user)
        EXPECT_GT(knownOf(cache, "u" + std::to_string(user), historyOf(30, user * 3)), 0);
}

} // namespace
} // namespace recoscope
