// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// recommend: the list of one user or of a typed history, with the share of each history item when asked.

#include <algorithm>
#include <numeric>

#include <CLI/CLI.hpp>

#include "app/cli/cache_words.h"
#include "app/cli/commands.h"
#include "app/cli/history_words.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/serving/state_file.h"

namespace recoscope::cli {

namespace {

struct RecommendWords {
    std::string run, states;
    CacheWords cache;
    HistoryWords history;
    int k = 10;
    bool explain = false, keepSeen = false;
};

class Names {
public:
    explicit Names(const PreparedData& data)
        : m_data(data)
        , m_catalogue(data.dataset()->catalogue())
    {
    }
    const std::string& raw(std::int32_t item) const { return m_catalogue.rawItems()[at(item)]; }
    const std::string& title(std::int32_t item) const { return m_catalogue.titles()[at(item)]; }
    std::string label(std::int32_t item) const // "Title  [id]"; an item without a title is shown by its id alone
    {
        return title(item) == raw(item) ? raw(item) : title(item) + "  [" + raw(item) + "]";
    }

private:
    std::size_t at(std::int32_t item) const { return std::size_t(m_data.datasetItem(item)); }
    const PreparedData& m_data;
    const Catalogue& m_catalogue;
};

Json contributionsJson(const Explanation& explanation, std::span<const std::int32_t> used, const Names& names)
{
    Json list = Json::array();
    for (std::size_t i = 0; i < used.size(); ++i)
        list.push_back({{"id", names.raw(used[i])}, {"title", names.title(used[i])},
            {"contribution", explanation.contributions[i]}});
    return list;
}

std::string strongestText(const Explanation& explanation, std::span<const std::int32_t> used, const Names& names)
{
    std::vector<std::size_t> order(used.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    const std::size_t shown = std::min<std::size_t>(3, order.size());
    std::partial_sort(order.begin(), order.begin() + std::ptrdiff_t(shown), order.end(), [&](auto x, auto y) {
        return std::abs(explanation.contributions[x]) > std::abs(explanation.contributions[y]);
    });
    std::string text;
    for (std::size_t i = 0; i < shown; ++i)
        text += "      " + signedFixed(explanation.contributions[order[i]], 3) + "  " + names.title(used[order[i]])
            + "\n";
    return text;
}

struct KeptState {
    std::unique_ptr<UserState> state;
    std::int64_t known = 0; // events of the history that the file's state had seen
};

// The state that a file keeps of the user, brought forward to the history; none without a file.
KeptState stateOf(
    const ServingSession& serving, const AskedHistory& asked, const RecommendWords& words, Progress& progress)
{
    if (words.states.empty() && words.cache.file.empty())
        return {};
    const std::string option = words.cache.file.empty() ? "--states" : "--cache";
    if (!words.states.empty() && !words.cache.file.empty())
        throw Error(ErrorKind::Usage, "--states and --cache are two places for a state", "use one of the two");
    if (words.explain)
        throw Error(ErrorKind::Usage, "--explain computes whole histories, " + option + " none", "use one of the two");
    if (!asked.user)
        throw Error(ErrorKind::Usage, option + " needs --user: a file of states knows users, not histories",
            "leave out " + option + " for a typed history");
    if (!words.cache.file.empty()) {
        StateCache cache = openCache(words.cache, serving.sharedModel());
        StateCache::Brought brought
            = cache.bringForward(rawUser(serving.data(), *asked.user), asked.events.view(), progress);
        return {std::move(brought.state), brought.known};
    }
    StateFile file(serving.sharedModel(), words.states, serving.data().users());
    const StateFile::Advance advance = file.advance(std::span(&*asked.user, 1), asked.events.view(), progress);
    return {file.state(*asked.user), asked.events.view().events() - advance.events};
}

int recommend(Session& session, const RecommendWords& words)
{
    Workspace& workspace = session.workspace();
    const RunRecord run = workspace.store().run(words.run);
    const auto serving = workspace.openSession(run.id, session.progress());
    const AskedHistory asked = resolveHistory(*serving, words.history);
    const PackedView history = asked.events.view();
    const Names names(serving->data());
    const auto [state, known] = stateOf(*serving, asked, words, session.progress());
    const std::vector<Recommendation> list = serving->recommend(history, words.k, !words.keepSeen, state.get());
    std::vector<Explanation> explanations;
    if (words.explain) {
        std::vector<std::int32_t> items;
        for (const Recommendation& r : list)
            items.push_back(r.item);
        explanations = serving->explain(history, items, session.progress());
    }
    Json items = Json::array();
    std::string text = run.name + ", history of " + grouped(history.events()) + " events"
        + (state ? ", " + grouped(known) + " of them from a kept state" : "") + "\n";
    for (std::size_t i = 0; i < list.size(); ++i) {
        const Recommendation& r = list[i];
        const bool isNext = asked.hiddenTarget && *asked.hiddenTarget == r.item;
        Json item = {{"id", names.raw(r.item)}, {"title", names.title(r.item)}, {"score", r.score},
            {"contributions", Json::array()}};
        text += std::to_string(i + 1) + ". " + names.label(r.item) + "  " + fixed(r.score, 4)
            + (isNext ? "  <- the true next item" : "") + "\n";
        if (words.explain) {
            const auto used = history.items.last(explanations[i].contributions.size());
            item["contributions"] = contributionsJson(explanations[i], used, names);
            item["residual"] = explanations[i].residual;
            text += strongestText(explanations[i], used, names);
        }
        items.push_back(std::move(item));
    }
    Json past = Json::array();
    for (std::int32_t item : history.items)
        past.push_back({{"id", names.raw(item)}, {"title", names.title(item)}});
    Json document = {{"run", run.id}, {"items", items}, {"history", past}};
    if (state)
        document["known_events"] = known;
    if (asked.hiddenTarget) {
        const ServingSession::ItemRank rank
            = serving->rankOf(history, *asked.hiddenTarget, !words.keepSeen, state.get());
        document["next"] = {{"id", names.raw(*asked.hiddenTarget)}, {"title", names.title(*asked.hiddenTarget)},
            {"rank", rank.rank}, {"score", rank.score}};
        text += "the true next item is " + names.title(*asked.hiddenTarget) + ", rank " + fixed(rank.rank, 0) + "\n";
    }
    session.print(document, text);
    return 0;
}

} // namespace

void addRecommendCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "recommend", "The list of one user, or of any history",
        "recommend RUN --user 42 -k 10 --hide-last 1 --explain");
    auto words = std::make_shared<RecommendWords>();
    addRunArgument(command, words->run);
    addHistoryOptions(command, words->history);
    command.add_option("--states", words->states, "A file of `states`: the user's state is brought forward and used");
    addCacheOptions(command, words->cache);
    command.add_option("-k", words->k, "Length of the list")->check(CLI::Range(1, 100000));
    command.add_flag("--explain", words->explain, "How much each history item adds to each score");
    command.add_flag("--keep-seen", words->keepSeen, "Items of the history may be listed again");
    command.callback([&session, words] { session.command = [&session, words] { return recommend(session, *words); }; });
}

} // namespace recoscope::cli
