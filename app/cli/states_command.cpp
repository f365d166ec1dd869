// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// states: what a server keeps between requests, the state of every user, in one file: of recurrent models all of them
// (--file), of any model with states those that fit (--cache).

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>

#include <CLI/CLI.hpp>

#include "app/cli/cache_words.h"
#include "app/cli/commands.h"
#include "app/cli/history_words.h"
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
    CacheWords cache;
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

    // From the users' vectors [users, D].
    void add(std::span<const float> vectors, std::span<const std::int32_t> users, const PackedView& histories, int k)
    {
        const auto lists = m_session.recommendAll(vectors, histories, k);
        for (std::size_t b = 0; b < lists.size(); ++b)
            for (std::size_t i = 0; i < lists[b].size(); ++i)
                addLine(users[b], lists[b][i], i + 1);
    }
    void commit() { m_out.commit(); }

private:
    void addLine(std::int32_t user, const Recommendation& listed, std::size_t rank)
    {
        const PreparedData& data = m_session.data();
        appendField(m_out.text(), rawUser(data, user));
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
};

double secondsSince(std::chrono::steady_clock::time_point start)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The users of a run in pieces that bound the memory for histories, their states brought forward and lists made of
// them.
class EveryUser {
public:
    EveryUser(Session& session, const StatesWords& words)
        : m_words(words)
        , m_run(session.workspace().store().run(words.run))
        , m_serving(session.workspace().openSession(m_run.id, session.progress()))
        , m_progress(session.progress())
    {
        if (!words.lists.empty())
            m_lists.emplace(*m_serving, words.lists);
    }

    const ServingSession& serving() const { return *m_serving; }
    Progress& progress() const { return m_progress; }

    // bring(users, histories, vectors) fills in the users' vectors [users, D], which are empty when no list is asked
    // for.
    template <class Bring> void bringForward(Bring&& bring)
    {
        const std::int32_t users = m_serving->data().users();
        constexpr std::int32_t usersAtOnce = 16384;
        std::vector<float> vectors;
        for (std::int32_t begin = 0; begin < users; begin += usersAtOnce) {
            std::vector<std::int32_t> rows(static_cast<std::size_t>(std::min(usersAtOnce, users - begin)));
            std::iota(rows.begin(), rows.end(), begin);
            const auto start = std::chrono::steady_clock::now();
            const PackedSequences histories
                = historiesOf(*m_serving, begin, begin + std::int32_t(rows.size()), m_words.hideLast);
            if (m_lists)
                vectors.resize(rows.size() * std::size_t(m_serving->model().linearHead().value().width));
            bring(rows, histories.view(), std::span<float>(vectors));
            m_seconds += secondsSince(start);
            const auto listStart = std::chrono::steady_clock::now();
            if (m_lists)
                m_lists->add(vectors, rows, histories.view(), m_words.k);
            m_listSeconds += secondsSince(listStart);
        }
        if (m_lists)
            m_lists->commit();
    }

    // With what both ways have in common.
    int print(Session& session, const Json& told, const std::string& text) const
    {
        Json document = {{"run", m_run.id}, {"users", m_serving->data().users()}, {"seconds", m_seconds}};
        document.update(told);
        std::string all = grouped(m_serving->data().users()) + " users, " + text;
        if (m_lists) {
            document["lists"] = m_words.lists;
            document["list_seconds"] = m_listSeconds;
            all += "lists of " + std::to_string(m_words.k) + " in " + fixed(m_listSeconds, 2) + " s, in "
                + m_words.lists + "\n";
        }
        session.print(document, all);
        return 0;
    }
    double seconds() const { return m_seconds; }

private:
    const StatesWords& m_words;
    RunRecord m_run;
    std::shared_ptr<const ServingSession> m_serving;
    Progress& m_progress;
    std::optional<ListsFile> m_lists;
    double m_seconds = 0.0, m_listSeconds = 0.0;
};

int bringFileForward(Session& session, const StatesWords& words)
{
    EveryUser everyone(session, words);
    StateFile file(everyone.serving().sharedModel(), words.file, everyone.serving().data().users());
    StateFile::Advance total;
    everyone.bringForward(
        [&](std::span<const std::int32_t> users, const PackedView& histories, std::span<float> vectors) {
            const StateFile::Advance part = file.advance(users, histories, everyone.progress());
            total.events += part.events;
            total.rebuilt += part.rebuilt;
            if (!vectors.empty())
                file.userVectors(users, vectors);
        });
    return everyone.print(session,
        {{"file", words.file}, {"events", total.events}, {"rebuilt", total.rebuilt}, {"bytes", file.bytes()}},
        grouped(total.events) + " new events in " + fixed(everyone.seconds(), 2) + " s, "
            + fixed(double(file.bytes()) / 1e6, 1) + " MB in " + words.file + "\n"
            + (total.rebuilt ? grouped(total.rebuilt) + " states were cut short and built again\n" : ""));
}

int bringCacheForward(Session& session, const StatesWords& words)
{
    EveryUser everyone(session, words);
    StateCache cache = openCache(words.cache, everyone.serving().sharedModel());
    std::int64_t events = 0, known = 0, found = 0, tooLarge = 0;
    everyone.bringForward([&](std::span<const std::int32_t> users, const PackedView& histories,
                              std::span<float> vectors) {
        const std::size_t width = vectors.size() / users.size();
        for (std::size_t i = 0; i < users.size(); ++i) {
            const PackedSequences history = everyone.serving().historyOf(users[i], words.hideLast);
            const StateCache::Brought one
                = cache.bringForward(rawUser(everyone.serving().data(), users[i]), history.view(), everyone.progress());
            known += one.known;
            found += one.known > 0;
            events += history.view().events() - one.known;
            tooLarge += !one.kept && history.view().events() > 0;
            if (!vectors.empty())
                one.state->userVector(vectors.subspan(i * width, width));
            everyone.progress().update(double(histories.offsets[i + 1]) / double(histories.events()),
                "States · " + grouped(std::int64_t(i) + 1) + " / " + grouped(std::int64_t(users.size())) + " users");
        }
    });
    return everyone.print(session,
        {{"cache", words.cache.file}, {"events", events}, {"known_events", known}, {"found", found},
            {"evicted", cache.evicted()}, {"too_large", tooLarge}, {"states", cache.states()},
            {"bytes", cache.bytes()}},
        grouped(found) + " found in the cache, " + grouped(events) + " new events in " + fixed(everyone.seconds(), 2)
            + " s; " + grouped(cache.states()) + " states, " + fixed(double(cache.bytes()) / 1e6, 1) + " MB in "
            + words.cache.file + "\n" + (cache.evicted() ? grouped(cache.evicted()) + " states were evicted\n" : "")
            + (tooLarge ? grouped(tooLarge) + " states are larger than the whole cache\n" : ""));
}

int bringForward(Session& session, const StatesWords& words)
{
    if (words.file.empty() == words.cache.file.empty())
        throw Error(ErrorKind::Usage, "say where the states are kept: --file FILE or --cache FILE",
            "--file for all states of a recurrent model, --cache for those of any model that fit");
    return words.cache.file.empty() ? bringFileForward(session, words) : bringCacheForward(session, words);
}

} // namespace

void addStatesCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(
        app, "states", "Keep the states of users between requests", "states RUN --file users.states --lists lists.csv");
    auto words = std::make_shared<StatesWords>();
    addRunArgument(command, words->run);
    command.add_option("--file", words->file,
        "All states of a recurrent model; made when it is not there, else brought forward by the new events");
    addCacheOptions(command, words->cache);
    command.add_option("--hide-last", words->hideLast, "Leave out the last N events of each user")
        ->check(CLI::Range(0, 1000000));
    command.add_option("--lists", words->lists, "CSV user,item,rank,score: a list for everyone, from the states");
    command.add_option("-k", words->k, "Length of the lists")->check(CLI::Range(1, 100000));
    command.callback(
        [&session, words] { session.command = [&session, words] { return bringForward(session, *words); }; });
}

} // namespace recoscope::cli
