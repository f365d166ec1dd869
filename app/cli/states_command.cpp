// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// states: what a server of a recurrent model keeps between requests, the state of every user, in one file.

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/csv_file.h"
#include "engine/data/catalogue.h"
#include "engine/serving/state_file.h"

namespace recoscope::cli {

namespace {

struct StatesWords {
    std::string run, file, lists;
    int hideLast = 0, k = 10;
};

// Histories [begin, end) of the data's users, without their last events.
PackedSequences historiesOf(const ServingSession& session, std::int32_t begin, std::int32_t end, int hideLast)
{
    PackedSequences all;
    for (std::int32_t user = begin; user < end; ++user) {
        const PackedSequences one = session.historyOf(user, hideLast);
        all.append(one.items, one.times);
        all.appendFeedback(one.feedback);
        all.appendMarks(one.marks);
    }
    return all;
}

// user,item,rank,score of everyone, as evaluate --export-topk writes them.
class ListsFile {
public:
    ListsFile(const ServingSession& session, const Path& file)
        : m_session(session)
        , m_catalogue(session.data().dataset()->catalogue())
        , m_out(file)
    {
        m_out.text() += "user,item,rank,score";
        m_out.endLine();
    }

    void add(const StateFile& states, std::span<const std::int32_t> users, const PackedView& histories, int k)
    {
        m_vectors.resize(users.size() * std::size_t(m_session.model().linearHead().value().width));
        states.userVectors(users, m_vectors);
        const auto lists = m_session.recommendAll(m_vectors, histories, k);
        for (std::size_t b = 0; b < lists.size(); ++b)
            for (std::size_t i = 0; i < lists[b].size(); ++i)
                addLine(users[b], lists[b][i], i + 1);
    }
    void commit() { m_out.commit(); }

private:
    void addLine(std::int32_t user, const Recommendation& listed, std::size_t rank)
    {
        const PreparedData& data = m_session.data();
        appendField(m_out.text(), m_catalogue.rawUsers()[std::size_t(data.datasetUser(user))]);
        m_out.text() += ',';
        appendField(m_out.text(), m_catalogue.rawItems()[std::size_t(data.datasetItem(listed.item))]);
        m_out.text() += ',';
        appendNumber(m_out.text(), rank);
        m_out.text() += ',';
        appendNumber(m_out.text(), listed.score);
        m_out.endLine();
    }

    const ServingSession& m_session;
    const Catalogue& m_catalogue;
    CsvFile m_out;
    std::vector<float> m_vectors;
};

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int bringForward(Session& session, const StatesWords& words)
{
    Workspace& workspace = session.workspace();
    const RunRecord run = workspace.store().run(words.run);
    const auto serving = workspace.openSession(run.id, session.progress());
    const std::int32_t users = serving->data().users();
    StateFile file(serving->sharedModel(), words.file, users);
    std::optional<ListsFile> lists;
    if (!words.lists.empty())
        lists.emplace(*serving, words.lists);
    StateFile::Advance total;
    double stateSeconds = 0.0, listSeconds = 0.0;
    constexpr std::int32_t usersAtOnce = 16384; // bounds the memory for histories
    for (std::int32_t begin = 0; begin < users; begin += usersAtOnce) {
        const std::int32_t end = std::min(users, begin + usersAtOnce);
        std::vector<std::int32_t> rows(static_cast<std::size_t>(end - begin));
        std::iota(rows.begin(), rows.end(), begin);
        const auto start = std::chrono::steady_clock::now();
        const PackedSequences histories = historiesOf(*serving, begin, end, words.hideLast);
        const StateFile::Advance part = file.advance(rows, histories.view(), session.progress());
        stateSeconds += secondsSince(start);
        total.events += part.events;
        total.rebuilt += part.rebuilt;
        const auto listStart = std::chrono::steady_clock::now();
        if (lists)
            lists->add(file, rows, histories.view(), words.k);
        listSeconds += secondsSince(listStart);
    }
    Json document = {{"run", run.id}, {"file", words.file}, {"users", users}, {"events", total.events},
        {"rebuilt", total.rebuilt}, {"bytes", file.bytes()}, {"seconds", stateSeconds}};
    std::string text = grouped(users) + " users, " + grouped(total.events) + " new events in " + fixed(stateSeconds, 2)
        + " s, " + fixed(double(file.bytes()) / 1e6, 1) + " MB in " + words.file + "\n"
        + (total.rebuilt ? grouped(total.rebuilt) + " states were cut short and built again\n" : "");
    if (lists) {
        lists->commit();
        document["lists"] = words.lists;
        document["list_seconds"] = listSeconds;
        text += "lists of " + std::to_string(words.k) + " in " + fixed(listSeconds, 2) + " s, in " + words.lists + "\n";
    }
    session.print(document, text);
    return 0;
}

} // namespace

void addStatesCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "states", "Keep the state of every user of a recurrent model in one file",
        "states RUN --file users.states --lists lists.csv");
    auto words = std::make_shared<StatesWords>();
    addRunArgument(command, words->run);
    command.add_option("--file", words->file, "Made when it is not there, else brought forward by the new events")
        ->required();
    command.add_option("--hide-last", words->hideLast, "Leave out the last N events of each user")
        ->check(CLI::Range(0, 1000000));
    command.add_option("--lists", words->lists, "CSV user,item,rank,score: a list for everyone, from the states");
    command.add_option("-k", words->k, "Length of the lists")->check(CLI::Range(1, 100000));
    command.callback(
        [&session, words] { session.command = [&session, words] { return bringForward(session, *words); }; });
}

} // namespace recoscope::cli
