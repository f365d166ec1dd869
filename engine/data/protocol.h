// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Everything that decides what a metric means: filter, ties, split, length, candidates, seen-item mask, tie rule of
// scores. Canonical form: sorted-key JSON with every default filled in; its hash is the first 16 hex digits of SHA-256.
// cold_items and train_users, which are younger than stored hashes, stand in it only when they are set.
// Every number carries it. A value type. Keys, defaults and exact meaning: docs/protocol.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/json.h"

namespace recoscope {

enum class FilterKind { None, RawCount, KCore };
enum class Duplicates { Keep, Adjacent, Exact };
enum class OrderTies { File, Item };
enum class SplitKind { LeaveOneOut, GlobalTime, TimeWindow };
enum class CandidateKind { Full, Uniform, Popular, Trained };
enum class MaskSeen { None, Window, History };
enum class ScoreTies { Pessimistic, Optimistic, Expected, LowestId };
enum class Targets { Next, AllInWindow };

struct Protocol {
    FilterKind filter = FilterKind::KCore;
    int filterCount = 5;
    std::optional<double> minRating;
    Duplicates duplicates = Duplicates::Exact;
    OrderTies orderTies = OrderTies::File;
    SplitKind split = SplitKind::LeaveOneOut;
    std::string splitPoint; // global_time: a fraction ("0.9") or an ISO date; time_window: a date
    std::string splitGap; // "" or a duration such as "7d", "12h"
    std::string splitLength; // time_window: a duration; "" for other splits
    int maxLength = 200;
    CandidateKind candidates = CandidateKind::Full;
    int candidateCount = 0; // for uniform:N and popular:N
    MaskSeen maskSeen = MaskSeen::History;
    ScoreTies scoreTies = ScoreTies::Pessimistic;
    Targets targets = Targets::Next;
    std::vector<int> metricsAt = {1, 5, 10, 20, 50};
    std::string selectBy = "ndcg@10";
    // Share of the users whose events are trained on, drawn by the seed; nothing: all. A smaller share is part of a
    // larger one. Whoever is left out is evaluated all the same.
    std::optional<double> coldItems; // share of items without any event but as test targets
    std::uint64_t coldItemsSeed = 0;
    std::optional<double> trainUsers;
    std::uint64_t trainUsersSeed = 0;

    // One "key=value" as on the command line, or "preset" and the name of one (protocol_presets.h); Error{Usage} with
    // the accepted forms.
    void set(const std::string& key, const std::string& value);
    Json toJson() const; // canonical: values as their command-line text (numbers for counts)
    static Protocol fromJson(const Json& json);
    std::string hash() const; // 16 hex digits
    std::string summary() const; // "LOO · full · mask history · core 5 · L 200"

    bool operator==(const Protocol&) const = default;
};

// The cut of a global_time or time_window split as the protocol holds it in text. Error{Usage} when the text is not
// one.
struct SplitCut {
    std::optional<double> fraction; // of the events, in time order
    std::optional<std::int64_t> time; // Unix seconds, when the cut is a date
    std::int64_t gapSeconds = 0;
    std::int64_t windowSeconds = 0; // of time_window: how long the test part and the validation part are
};
SplitCut splitCut(const Protocol& protocol);

struct ProtocolDifference {
    std::string key, a, b;
};
std::vector<ProtocolDifference> differences(const Protocol& a, const Protocol& b);

} // namespace recoscope
