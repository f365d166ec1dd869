// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// states: what a server of a recurrent model keeps between requests, the state of every user, in one file.

#include <algorithm>
#include <chrono>
#include <numeric>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/serving/state_file.h"

namespace recoscope::cli {

namespace {

struct StatesWords {
    std::string run, file;
    int hideLast = 0;
};

// Histories [begin, end) of the data's users, without their last events.
PackedSequences historiesOf(const ServingSession& session, std::int32_t begin, std::int32_t end, int hideLast)
{
    PackedSequences all;
    for (std::int32_t user = begin; user < end; ++user) {
        const PackedSequences one = session.historyOf(user, hideLast);
        all.append(one.items, one.times);
        all.appendFeedback(one.feedback);
    }
    return all;
}

int bringForward(Session& session, const StatesWords& words)
{
    Workspace& workspace = session.workspace();
    const RunRecord run = workspace.store().run(words.run);
    const auto serving = workspace.openSession(run.id, session.progress());
    const std::int32_t users = serving->data().users();
    StateFile file(serving->sharedModel(), words.file, users);
    StateFile::Advance total;
    const auto start = std::chrono::steady_clock::now();
    constexpr std::int32_t usersAtOnce = 16384; // bounds the memory for histories
    for (std::int32_t begin = 0; begin < users; begin += usersAtOnce) {
        const std::int32_t end = std::min(users, begin + usersAtOnce);
        std::vector<std::int32_t> rows(static_cast<std::size_t>(end - begin));
        std::iota(rows.begin(), rows.end(), begin);
        const PackedSequences histories = historiesOf(*serving, begin, end, words.hideLast);
        const StateFile::Advance part = file.advance(rows, histories.view(), session.progress());
        total.events += part.events;
        total.rebuilt += part.rebuilt;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    session.print({{"run", run.id}, {"file", words.file}, {"users", users}, {"events", total.events},
                      {"rebuilt", total.rebuilt}, {"bytes", file.bytes()}, {"seconds", seconds}},
        grouped(users) + " users, " + grouped(total.events) + " new events in " + fixed(seconds, 2) + " s, "
            + fixed(double(file.bytes()) / 1e6, 1) + " MB in " + words.file + "\n"
            + (total.rebuilt ? grouped(total.rebuilt) + " states were cut short and built again\n" : ""));
    return 0;
}

} // namespace

void addStatesCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "states", "Keep the state of every user of a recurrent model in one file",
        "states RUN --file users.states");
    auto words = std::make_shared<StatesWords>();
    addRunArgument(command, words->run);
    command.add_option("--file", words->file, "Made when it is not there, else brought forward by the new events")
        ->required();
    command.add_option("--hide-last", words->hideLast, "Leave out the last N events of each user")
        ->check(CLI::Range(0, 1000000));
    command.callback(
        [&session, words] { session.command = [&session, words] { return bringForward(session, *words); }; });
}

} // namespace recoscope::cli
