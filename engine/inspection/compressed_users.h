// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/inspection: the users whom a compressed history is measured with.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/progress.h"
#include "engine/models/compressed_history.h"
#include "engine/serving/session.h"

namespace recoscope {

constexpr int measuredLength = 10; // of lists, in NDCG, HR and items in common

// Error{Refused} without tokens.
std::unique_ptr<CompressedHistory> measuredTokens(const ServingSession& session);

struct AskedUser {
    std::int32_t user = 0; // prepared index
    std::int64_t events = 0; // that the user is asked with, within the model's window
};
// Those evaluated in `part` who have a compressed segment there.
std::vector<AskedUser> findUsersWithTokens(
    const ServingSession& session, const CompressedHistory& compressed, SplitPart part);
// The same; Error{NotFound} when there are none.
std::vector<AskedUser> usersWithTokens(
    const ServingSession& session, const CompressedHistory& compressed, SplitPart part);
// Of these, those who still have a segment `events` events ago.
std::vector<AskedUser> usersBefore(
    const CompressedHistory& compressed, const std::vector<AskedUser>& users, std::int64_t events);
// At most so many of them, evenly spread.
std::vector<AskedUser> spread(const std::vector<AskedUser>& users, std::int64_t most);

// Each user's case in `part` and the history that it is asked with, in turn; cancellable. `doing`: "Reading with older
// tokens".
void readEach(const ServingSession& session, SplitPart part, const std::vector<AskedUser>& users,
    const std::string& doing, Progress& progress,
    const std::function<void(const AskedUser&, const EvaluationCase&, const PackedView& history)>& read);

} // namespace recoscope
