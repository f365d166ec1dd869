// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Checks of what the protocol made of the data.

#include <algorithm>
#include <limits>

#include "engine/core/counts.h"
#include "engine/data/lint_checks.h"
#include "engine/data/protocol_text.h"

namespace recoscope::lint {

namespace {

constexpr std::int64_t usersPerCheck = 4096;

template <class Visit> void forEachTestCase(const PreparedData& data, const Progress& progress, Visit visit)
{
    std::int64_t done = 0;
    for (const std::int32_t user : data.evaluatedUsers(SplitPart::Test)) {
        if (done++ % usersPerCheck == 0)
            progress.checkCancelled();
        visit(data.evaluationCase(SplitPart::Test, user));
    }
}

std::optional<std::int64_t> targetSeconds(const PreparedData& data, const EvaluationCase& c)
{
    if (!data.hasTimes())
        return std::nullopt;
    return c.targetTime;
}

std::string ofCases(std::int64_t count, const PreparedData& data)
{
    const auto all = static_cast<std::int64_t>(data.evaluatedUsers(SplitPart::Test).size());
    return grouped(count) + " of " + grouped(all) + " test users (" + percentText(count, all) + ")";
}

// The latest training event of all, and of everybody but the user it belongs to.
struct LatestTraining {
    std::int64_t latest = std::numeric_limits<std::int64_t>::min();
    std::int64_t latestOfOthers = std::numeric_limits<std::int64_t>::min();
    std::int32_t user = -1;

    std::int64_t without(std::int32_t other) const { return other == user ? latestOfOthers : latest; }
};

LatestTraining latestTraining(const PreparedData& data)
{
    LatestTraining result;
    const PackedView all = data.sequences();
    for (std::int32_t user = 0; user < data.users(); ++user) {
        if (data.trainLength(user) == 0)
            continue;
        const std::int64_t last = all.times[all.offsets[user] + data.trainLength(user) - 1];
        if (last > result.latest) {
            result.latestOfOthers = result.latest;
            result.latest = last;
            result.user = user;
        } else {
            result.latestOfOthers = std::max(result.latestOfOthers, last);
        }
    }
    return result;
}

} // namespace

std::optional<LintFinding> coldTestItems(const PreparedData& data, const Progress& progress)
{
    Evidence evidence(data);
    forEachTestCase(data, progress, [&](const EvaluationCase& c) {
        const auto cold = std::find_if(
            c.targets.begin(), c.targets.end(), [&](std::int32_t item) { return data.trainCounts()[item] == 0; });
        if (cold != c.targets.end())
            evidence.add(data.datasetUser(c.user), data.datasetItem(*cold), targetSeconds(data, c));
    });
    const auto all = static_cast<std::int64_t>(data.evaluatedUsers(SplitPart::Test).size());
    const bool unfiltered = data.protocol().filter == FilterKind::None;
    return evidence.finish("cold_test_items", evidence.count() * 100 > all ? LintSeverity::Warning : LintSeverity::Info,
        ofCases(evidence.count(), data) + " have a target that training never shows",
        "A model that knows items only by their ids cannot rank these, so they lower every score alike.",
        unfiltered ? "A filter such as core:5 leaves fewer of them." : "Read scores with this share in mind.",
        unfiltered ? "filter" : "", unfiltered ? "core:5" : "");
}

std::optional<LintFinding> leakage(const PreparedData& data, const Progress& progress)
{
    if (!data.hasTimes())
        return std::nullopt;
    const LatestTraining training = latestTraining(data);
    Evidence evidence(data);
    forEachTestCase(data, progress, [&](const EvaluationCase& c) {
        if (training.without(c.user) > c.targetTime)
            evidence.add(data.datasetUser(c.user), data.datasetItem(c.targets.front()), c.targetTime,
                ", training of others reaches to " + protocol_text::momentText(training.without(c.user)));
    });
    return evidence.finish("leakage", LintSeverity::Warning,
        ofCases(evidence.count(), data) + " have a target earlier than training events of other users",
        "Training then knows the future of the catalogue, which a service never does; papers with leave-one-out "
        "splits share this.",
        "Compare with a split at one moment, such as split=global_time:0.9.", "split", "global_time:0.9");
}

std::optional<LintFinding> maskedTargets(const PreparedData& data, const Progress& progress)
{
    const Protocol& protocol = data.protocol();
    if (protocol.maskSeen == MaskSeen::None)
        return std::nullopt;
    Evidence evidence(data);
    std::vector<std::int32_t> lastUser(data.items(), -1);
    forEachTestCase(data, progress, [&](const EvaluationCase& c) {
        auto hidden = c.history;
        if (protocol.maskSeen == MaskSeen::Window)
            hidden = hidden.last(std::min<std::size_t>(hidden.size(), protocol.maxLength));
        for (const std::int32_t item : hidden)
            lastUser[item] = c.user;
        const auto found = std::find_if(
            c.targets.begin(), c.targets.end(), [&](std::int32_t item) { return lastUser[item] == c.user; });
        if (found != c.targets.end())
            evidence.add(data.datasetUser(c.user), data.datasetItem(*found), targetSeconds(data, c));
    });
    return evidence.finish("masked_targets", LintSeverity::Warning,
        ofCases(evidence.count(), data) + " have a target that they had before, and the mask hides it",
        "A hidden item can never be recommended, so these users count as misses for every model.",
        "Where people repeat items, evaluate with mask_seen=none.", "mask_seen", "none");
}

std::optional<LintFinding> coldItems(const PreparedData& data, const Progress& progress)
{
    constexpr std::int64_t few = 5;
    Evidence evidence(data);
    for (std::int32_t item = 0; item < data.items(); ++item) {
        if (item % usersPerCheck == 0)
            progress.checkCancelled();
        const std::int64_t count = data.trainCounts()[item];
        if (count < few)
            evidence.addItem(data.datasetItem(item), ", " + std::to_string(count) + " training events");
    }
    const bool core = data.protocol().filter == FilterKind::KCore && data.protocol().filterCount >= few;
    return evidence.finish("cold_items", LintSeverity::Info,
        grouped(evidence.count()) + " of " + grouped(data.items()) + " items ("
            + percentText(evidence.count(), data.items()) + ") have fewer than 5 training events",
        "Little can be learnt about an item from so few events.",
        core ? "The split took the others: every item has at least " + std::to_string(data.protocol().filterCount)
                + " events in all."
             : "filter=core:5 keeps items and users with at least 5 events.",
        core ? "" : "filter", core ? "" : "core:5");
}

} // namespace recoscope::lint
