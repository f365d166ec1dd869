// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/compressed_users.h"

#include <algorithm>

#include "engine/core/error.h"

namespace recoscope {

std::unique_ptr<CompressedHistory> measuredTokens(const ServingSession& session)
{
    auto compressed = compressedHistory(session.model());
    if (!compressed || compressed->shape().tokens == 0)
        throw Error(ErrorKind::Refused, "there are no tokens to measure in " + session.model().modelName(),
            "choose a run of a model that compresses the history into tokens");
    return compressed;
}

std::vector<AskedUser> findUsersWithTokens(
    const ServingSession& session, const CompressedHistory& compressed, SplitPart part)
{
    std::vector<AskedUser> users;
    for (const std::int32_t user : session.data().evaluatedUsers(part)) {
        const auto events = static_cast<std::int64_t>(session.data().evaluationCase(part, user).history.size());
        users.push_back({user, std::min(events, session.model().maxLength())});
    }
    return usersBefore(compressed, users, 0);
}

std::vector<AskedUser> usersWithTokens(
    const ServingSession& session, const CompressedHistory& compressed, SplitPart part)
{
    std::vector<AskedUser> users = findUsersWithTokens(session, compressed, part);
    if (users.empty())
        throw Error(ErrorKind::NotFound,
            std::string("no user of the ") + (part == SplitPart::Valid ? "validation" : splitPartName(part))
                + " targets has a history long enough to be compressed",
            "choose a run with shorter segments or fewer recent events");
    return users;
}

std::vector<AskedUser> usersBefore(
    const CompressedHistory& compressed, const std::vector<AskedUser>& users, std::int64_t events)
{
    std::vector<AskedUser> found;
    std::copy_if(users.begin(), users.end(), std::back_inserter(found),
        [&](const AskedUser& one) { return compressed.segmentsOf(one.events - events) > 0; });
    return found;
}

std::vector<AskedUser> spread(const std::vector<AskedUser>& users, std::int64_t most)
{
    const auto all = static_cast<std::int64_t>(users.size());
    if (all <= most)
        return users;
    std::vector<AskedUser> chosen;
    for (std::int64_t i = 0; i < most; ++i)
        chosen.push_back(users[static_cast<std::size_t>(i * all / most)]);
    return chosen;
}

void readEach(const ServingSession& session, SplitPart part, const std::vector<AskedUser>& users,
    const std::string& doing, Progress& progress,
    const std::function<void(const AskedUser&, const EvaluationCase&, const PackedView& history)>& read)
{
    const std::string all = " / " + std::to_string(users.size()) + " users";
    for (std::size_t u = 0; u < users.size(); ++u) {
        progress.checkCancelled();
        const EvaluationCase c = session.data().evaluationCase(part, users[u].user);
        const std::vector<std::int64_t> offsets{0, static_cast<std::int64_t>(c.history.size())};
        PackedView history{offsets, c.history, c.times};
        if (!c.times.empty())
            history.requestTimes = {&c.targetTime, 1};
        read(users[u], c, history);
        progress.update(static_cast<double>(u + 1) / static_cast<double>(users.size()),
            doing + " · " + std::to_string(u + 1) + all);
    }
}

} // namespace recoscope
