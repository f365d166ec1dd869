// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/inspection: the test users whom a compressed history is measured with.
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

struct TestUser {
    std::int32_t user = 0; // prepared index
    std::int64_t events = 0; // that the user is asked with, within the model's window
};
// Those with a compressed segment. Error{NotFound} when there are none.
std::vector<TestUser> usersWithTokens(const ServingSession& session, const CompressedHistory& compressed);
// Of these, those who still have a segment `events` events ago.
std::vector<TestUser> usersBefore(
    const CompressedHistory& compressed, const std::vector<TestUser>& users, std::int64_t events);
// At most so many of them, evenly spread.
std::vector<TestUser> spread(const std::vector<TestUser>& users, std::int64_t most);

// Each user's case and the history that it is asked with, in turn; cancellable. `doing`: "Reading with older tokens".
void readEach(const ServingSession& session, const std::vector<TestUser>& users, const std::string& doing,
    Progress& progress,
    const std::function<void(const TestUser&, const EvaluationCase&, const PackedView& history)>& read);

} // namespace recoscope
