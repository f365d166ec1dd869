// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/split_summary.h"

#include <algorithm>

#include "engine/data/catalogue.h"
#include "engine/evaluation/popularity_baseline.h"

namespace recoscope {

namespace {

constexpr int shownExamples = 7;

qint64 eventsOf(const PreparedData& data, std::int32_t user)
{
    return static_cast<qint64>(data.sequences().sequence(user).size());
}

std::vector<qint64> targetCounts(const PreparedData& data, SplitPart part)
{
    std::vector<qint64> counts(static_cast<std::size_t>(data.users()), 0);
    for (const std::int32_t user : data.evaluatedUsers(part))
        counts[static_cast<std::size_t>(user)] = static_cast<qint64>(data.evaluationCase(part, user).targets.size());
    return counts;
}

// Evaluated users at even steps from the shortest to the longest history.
std::vector<std::int32_t> chooseExamples(const PreparedData& data)
{
    std::vector<std::int32_t> users = data.evaluatedUsers(SplitPart::Test);
    std::stable_sort(users.begin(), users.end(), [&](auto a, auto b) { return eventsOf(data, a) < eventsOf(data, b); });
    if (static_cast<int>(users.size()) <= shownExamples)
        return users;
    std::vector<std::int32_t> chosen;
    for (int i = 0; i < shownExamples; ++i)
        chosen.push_back(users[(users.size() - 1) * static_cast<std::size_t>(i) / (shownExamples - 1)]);
    return chosen;
}

} // namespace

SplitSummary summariseSplit(const PreparedData& data, Progress& progress)
{
    SplitSummary summary;
    summary.protocol = QString::fromStdString(data.protocol().summary());
    summary.hash = QString::fromStdString(data.protocol().hash());
    summary.maxLength = data.protocol().maxLength;
    summary.users = data.users();
    summary.items = data.items();
    summary.events = data.interactions();
    summary.validUsers = static_cast<qint64>(data.evaluatedUsers(SplitPart::Valid).size());
    summary.testUsers = static_cast<qint64>(data.evaluatedUsers(SplitPart::Test).size());
    const std::vector<qint64> valid = targetCounts(data, SplitPart::Valid);
    const std::vector<qint64> test = targetCounts(data, SplitPart::Test);
    qint64 cut = 0;
    qint64 targets = 0;
    for (std::int32_t user = 0; user < data.users(); ++user) {
        summary.trainEvents += data.trainLength(user);
        targets += valid[static_cast<std::size_t>(user)] + test[static_cast<std::size_t>(user)];
        cut += eventsOf(data, user) > summary.maxLength ? 1 : 0;
    }
    summary.unusedEvents = summary.events - summary.trainEvents - targets;
    summary.cutShare = summary.users > 0 ? static_cast<double>(cut) / static_cast<double>(summary.users) : 0.0;
    for (const std::int32_t user : chooseExamples(data)) {
        const std::int32_t raw = data.datasetUser(user);
        const QString name = data.dataset()
            ? QString::fromStdString(data.dataset()->catalogue().rawUsers()[static_cast<std::size_t>(raw)])
            : QString::number(raw);
        summary.examples.push_back({name, eventsOf(data, user), data.trainLength(user),
            valid[static_cast<std::size_t>(user)], test[static_cast<std::size_t>(user)]});
    }
    if (data.protocol().targets == Targets::Next)
        summary.popularity = popularityBaseline(data, SplitPart::Test, PopularityCounts::Train, progress);
    return summary;
}

} // namespace recoscope
