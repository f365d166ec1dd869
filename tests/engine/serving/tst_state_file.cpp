// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Files of states: equal to a full recompute, brought forward by new events alone, and never used when they are of
// other weights or were cut short.

#include "engine/serving/state_file.h"

#include <cerrno>
#include <fstream>
#include <numeric>

#include "engine/core/error.h"
#include "engine/serving/session.h"
#include "tests/engine/core/folder_test.h"
#include "tests/engine/inspection/trained_model.h"

namespace recoscope {
namespace {

class StateFiles : public test::TrainedOnSmallData {
protected:
    StateFiles() { data = test::smallData(longer, 60, 25, 32); } // a window that no history outgrows

    std::shared_ptr<const TrainedModel> small(const std::string& name, double rate = 0.001)
    {
        return train(name, {{"hidden", 8}, {"epochs", 1}, {"batch_size", 8}, {"learning_rate", rate}});
    }
    // Histories of all users without their last events.
    PackedSequences histories(std::size_t hidden = 0) const
    {
        PackedSequences out;
        for (std::int32_t user = 0; user < data->users(); ++user) {
            const auto items = data->sequences().sequence(user);
            out.append(items.first(items.size() - std::min(hidden, items.size())));
        }
        return out;
    }
    std::vector<std::int32_t> everyone() const
    {
        std::vector<std::int32_t> users(static_cast<std::size_t>(data->users()));
        std::iota(users.begin(), users.end(), 0);
        return users;
    }
    void expectRecomputed(const StateFile& file, const TrainedModel& model, const PackedSequences& all) const
    {
        const auto width = static_cast<std::size_t>(model.linearHead()->width);
        std::vector<float> expected(everyone().size() * width), vector(width);
        model.encodeLast(all.view(), expected);
        for (std::int32_t user : everyone()) {
            const auto state = file.state(user);
            ASSERT_TRUE(state) << user;
            ASSERT_LE(state->events(), model.maxLength()) << "the recompute would look at a window only";
            state->userVector(vector);
            for (std::size_t d = 0; d < width; ++d)
                EXPECT_NEAR(vector[d], expected[static_cast<std::size_t>(user) * width + d], 1e-5) << user;
        }
    }

    test::TemporaryFolder longer;
    const Path path = scratch / "users.states";
    Progress progress;
};

TEST_F(StateFiles, EqualTheFullRecompute)
{
    for (const std::string name : {"lrurec", "gru4rec"}) {
        const auto model = small(name);
        StateFile file(model, scratch / (name + ".states"), data->users());
        const StateFile::Advance done = file.advance(everyone(), histories().view(), progress);
        EXPECT_EQ(done.events, histories().view().events());
        EXPECT_EQ(done.rebuilt, 0);
        expectRecomputed(file, *model, histories());
    }
}

TEST_F(StateFiles, OnlyNewEventsAreLookedAtAlsoAfterReopening)
{
    const auto model = small("lrurec");
    {
        StateFile file(model, path, data->users());
        expectRecomputed(file, *model, [&] { // before anything happened: the cold start of the model
            PackedSequences none;
            for (std::size_t user = 0; user < everyone().size(); ++user)
                none.append({});
            return none;
        }());
        file.advance(everyone(), histories(2).view(), progress);
    }
    StateFile file(model, path, data->users());
    EXPECT_EQ(file.advance(everyone(), histories().view(), progress).events,
        histories().view().events() - histories(2).view().events());
    expectRecomputed(file, *model, histories());
    EXPECT_EQ(test::kindOf([&] { file.advance(everyone(), histories(1).view(), progress); }), ErrorKind::Refused);
}

// To the byte: who is brought forward with whom, and in how many steps, leaves no trace.
TEST_F(StateFiles, BatchesAreThoseOneByOne)
{
    for (const std::string name : {"lrurec", "gru4rec"}) {
        const auto model = small(name);
        const Path together = scratch / (name + ".together"), alone = scratch / (name + ".alone");
        {
            StateFile file(model, together, data->users());
            file.advance(everyone(), histories(2).view(), progress);
            file.advance(everyone(), histories().view(), progress);
            StateFile single(model, alone, data->users());
            const PackedSequences all = histories();
            for (const std::int32_t user : everyone()) {
                const auto items = all.view().sequence(user);
                const std::size_t first = user < 5 ? 0 : items.size(); // every step is written to the disk
                for (std::size_t events = first; events <= items.size(); ++events) {
                    PackedSequences one;
                    one.append(items.first(events));
                    single.advance(std::span(&user, 1), one.view(), progress);
                }
            }
        }
        EXPECT_EQ(readFile(together), readFile(alone)) << name;
    }
}

TEST_F(StateFiles, AHistoryOfManyRoundsBesideShortOnes)
{
    const auto model = small("lrurec");
    PackedSequences all;
    std::vector<std::int32_t> events;
    for (std::int32_t i = 0; i < 20000; ++i)
        events.push_back((i * 7) % data->items());
    all.append(std::span(events).first(3));
    all.append({});
    all.append(events);
    const std::vector<std::int32_t> users{5, 1, 0};
    StateFile file(model, path, data->users());
    EXPECT_EQ(file.advance(users, all.view(), progress).events, 20003);
    const auto expected = model->newState();
    for (const std::int32_t item : events)
        expected->append(item, 0);
    EXPECT_EQ(file.state(0)->save(), expected->save());
    EXPECT_EQ(file.state(5)->events(), 3);
    EXPECT_EQ(file.state(1)->events(), 0);
}

TEST_F(StateFiles, ListsOfEveryoneAreThoseOfEach)
{
    const auto model = small("lrurec");
    const ServingSession session(model, data);
    StateFile file(model, path, data->users());
    const PackedSequences all = histories(1);
    file.advance(everyone(), all.view(), progress);
    std::vector<float> vectors(everyone().size() * 8);
    file.userVectors(everyone(), vectors);
    for (const bool mask : {true, false}) {
        const auto lists = session.recommendAll(vectors, all.view(), 6, mask);
        ASSERT_EQ(lists.size(), everyone().size());
        for (const std::int32_t user : everyone()) {
            PackedSequences one;
            one.append(all.view().sequence(user));
            const auto alone = session.recommend(one.view(), 6, mask, file.state(user).get());
            const auto& list = lists[static_cast<std::size_t>(user)];
            ASSERT_EQ(list.size(), alone.size());
            for (std::size_t i = 0; i < list.size(); ++i) {
                EXPECT_EQ(list[i].item, alone[i].item) << user;
                EXPECT_EQ(list[i].score, alone[i].score) << user;
            }
        }
    }
    EXPECT_EQ(test::kindOf([&] { file.userVectors(everyone(), std::span(vectors).first(8)); }), ErrorKind::Usage);
    EXPECT_EQ(test::kindOf([&] { session.recommendAll(vectors, histories(1).view(), 0); }), ErrorKind::Usage);
}

TEST_F(StateFiles, ARecordCutShortByAKillIsBuiltAgain)
{
    const auto model = small("lrurec");
    {
        StateFile file(model, path, data->users());
        file.advance(everyone(), histories(1).view(), progress);
    }
    std::fstream raw(path, std::ios::in | std::ios::out | std::ios::binary);
    raw.seekp(-5, std::ios::end); // in the state of the last user
    raw.put('\x7f');
    raw.close();
    StateFile file(model, path, data->users());
    EXPECT_FALSE(file.state(data->users() - 1));
    EXPECT_TRUE(file.state(0));
    std::vector<float> vector(8);
    const std::int32_t last = data->users() - 1;
    EXPECT_EQ(test::kindOf([&] { file.userVectors(std::span(&last, 1), vector); }), ErrorKind::Input);
    EXPECT_EQ(file.advance(everyone(), histories().view(), progress).rebuilt, 1);
    expectRecomputed(file, *model, histories());
}

TEST_F(StateFiles, OtherWeightsUsersAndModelsAreRefused)
{
    const auto model = small("lrurec");
    std::make_unique<StateFile>(model, path, data->users())->advance(everyone(), histories().view(), progress);
    const std::string before = readFile(path);
    EXPECT_EQ(test::kindOf([&] { StateFile(small("lrurec", 0.01), path, data->users()); }), ErrorKind::Refused);
    EXPECT_EQ(test::kindOf([&] { StateFile(small("gru4rec"), path, data->users()); }), ErrorKind::Refused);
    EXPECT_EQ(test::kindOf([&] { StateFile(model, path, data->users() + 1); }), ErrorKind::Refused);
    EXPECT_EQ(
        test::kindOf([&] { StateFile(small("sasrec"), scratch / "x.states", data->users()); }), ErrorKind::Refused);
    EXPECT_FALSE(std::filesystem::exists(scratch / "x.states"));
    EXPECT_EQ(readFile(path), before);
}

TEST_F(StateFiles, DamagedFilesAreNamedAndAFullDiskLeavesNothing)
{
    const auto model = small("lrurec");
    const auto opened = [&] { StateFile(model, path, data->users()); };
    setFileFault([](std::string_view operation, const Path&) { return operation == "write" ? ENOSPC : 0; });
    const ErrorKind full = test::kindOf(opened);
    setFileFault({});
    EXPECT_EQ(full, ErrorKind::Resource);
    EXPECT_FALSE(std::filesystem::exists(path));
    opened();
    const std::string whole = readFile(path);
    writeFileAtomically(path, whole.substr(0, whole.size() - 1));
    EXPECT_EQ(test::kindOf(opened), ErrorKind::Input);
    for (const std::size_t bytes : {7, 0}) {
        writeFileAtomically(path, whole.substr(0, bytes));
        EXPECT_EQ(test::kindOf(opened), ErrorKind::Input) << bytes;
    }
    writeFileAtomically(path, std::string(whole.size(), '\0'));
    EXPECT_EQ(test::kindOf(opened), ErrorKind::Input);
}

TEST_F(StateFiles, OneProgramAtATimeHoldsThem)
{
    const auto model = small("lrurec");
    StateFile file(model, path, data->users());
    EXPECT_EQ(test::kindOf([&] { StateFile(model, path, data->users()); }), ErrorKind::Resource);
}

} // namespace
} // namespace recoscope
