// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/history_words.h"

#include <CLI/CLI.hpp>

#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/core/schema.h"
#include "engine/data/catalogue.h"

namespace recoscope::cli {

namespace {

std::string nearestText(const std::string& name, const std::vector<std::string>& known)
{
    std::string list;
    for (const std::string& near : nearestNames(name, known))
        list += (list.empty() ? "" : ", ") + near;
    return "nearest: " + list;
}

std::int32_t preparedUser(const ServingSession& session, const std::string& raw)
{
    const Catalogue& catalogue = session.data().dataset()->catalogue();
    const std::optional<UserIndex> user = catalogue.findUser(raw);
    if (!user)
        throw Error(ErrorKind::NotFound, "there is no user \"" + raw + "\" in the dataset",
            nearestText(raw, catalogue.rawUsers()));
    const std::int32_t prepared = session.data().preparedUser(*user);
    if (prepared < 0)
        throw Error(ErrorKind::NotFound, "the protocol's filter leaves user \"" + raw + "\" out",
            "give the items instead: --history ID,ID,...");
    return prepared;
}

std::int32_t preparedItem(const ServingSession& session, const std::string& raw)
{
    const Catalogue& catalogue = session.data().dataset()->catalogue();
    const std::optional<ItemIndex> item = catalogue.findItem(raw);
    if (!item)
        throw Error(ErrorKind::NotFound, "there is no item \"" + raw + "\" in the dataset",
            nearestText(raw, catalogue.rawItems()));
    const std::int32_t prepared = session.data().preparedItem(*item);
    if (prepared < 0)
        throw Error(ErrorKind::NotFound, "the protocol's filter leaves item \"" + raw + "\" out",
            "leave it out of --history; the model does not know it");
    return prepared;
}

} // namespace

void addHistoryOptions(CLI::App& command, HistoryWords& words)
{
    command.add_option("--user", words.user, "Raw id of a user, as in the source file");
    command.add_option("--history", words.history, "Raw item ids with commas between them, oldest first");
    command.add_option("--hide-last", words.hideLast, "Leave out the last N events of --user")
        ->check(CLI::Range(0, 1000000));
}

AskedHistory resolveHistory(const ServingSession& session, const HistoryWords& words)
{
    if (words.user.empty() == words.history.empty())
        throw Error(
            ErrorKind::Usage, "say whose history: --user RAWID or --history ID,ID,...", "exactly one of the two");
    AskedHistory asked;
    if (!words.user.empty()) {
        asked.user = preparedUser(session, words.user);
        asked.events = session.historyOf(*asked.user, words.hideLast);
        const auto all = session.data().sequences().sequence(*asked.user);
        if (asked.events.items.size() < all.size())
            asked.hiddenTarget = all[asked.events.items.size()];
        return asked;
    }
    std::vector<std::int32_t> items;
    for (const std::string& raw : splitList(words.history))
        items.push_back(preparedItem(session, raw));
    asked.events.append(items);
    return asked;
}

const std::string& rawUser(const PreparedData& data, std::int32_t user)
{
    return data.dataset()->catalogue().rawUsers()[std::size_t(data.datasetUser(user))];
}

} // namespace recoscope::cli
