// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Every code has a case where it fires and one where it does not.

#include "engine/data/lint.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "written_dataset.h"

namespace recoscope {
namespace {

constexpr std::int64_t day = 86400;

Protocol with(std::initializer_list<std::pair<const char*, const char*>> values)
{
    Protocol protocol = testing::plainProtocol();
    for (const auto& [key, value] : values)
        protocol.set(key, value);
    return protocol;
}

std::vector<LintFinding> lint(const testing::InteractionTable& table, const Protocol& protocol)
{
    const testing::WrittenDataset written(table);
    Progress progress;
    return lintDataset(*written.prepare(protocol), progress);
}

const LintFinding* find(const std::vector<LintFinding>& findings, const std::string& code)
{
    const auto found = std::find_if(
        findings.begin(), findings.end(), [&](const LintFinding& finding) { return finding.code == code; });
    return found == findings.end() ? nullptr : &*found;
}

// Three people, three well-known items, one event a day each, in time order: nothing to find but cold items, as each
// item has three events only.
testing::InteractionTable clean()
{
    testing::InteractionTable table;
    const char* const items[] = {"p", "q", "r"};
    for (int event = 0; event < 3; ++event) {
        for (int user = 0; user < 3; ++user)
            table.add(std::string(1, char('a' + user)), items[(user + event) % 3], (10 + event) * day + user);
    }
    return table;
}

TEST(Lint, cleanDataHasNoFindingOfTheseCodes)
{
    const auto findings = lint(clean(), testing::plainProtocol());
    for (const char* code : {"exact_duplicates", "near_duplicates", "time_ties", "out_of_order", "negative_time",
             "future_time", "cold_test_items", "leakage", "masked_targets", "bots"})
        EXPECT_EQ(find(findings, code), nullptr) << code;
}

TEST(Lint, exactDuplicatesAreCountedAndRemedied)
{
    auto table = clean();
    table.add("a", "p", 10 * day);
    table.add("a", "p", 10 * day);
    const auto findings = lint(table, testing::plainProtocol());
    const LintFinding* finding = find(findings, "exact_duplicates");
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->count, 2);
    EXPECT_EQ(finding->severity, LintSeverity::Warning);
    EXPECT_EQ(finding->protocolKey, "duplicates");
    EXPECT_EQ(finding->protocolValue, "exact");
    EXPECT_EQ(finding->examples.front(), "user a, item p, 1970-01-11 00:00:00");
    // Under the remedy the finding stays, as information.
    const auto after = lint(table, with({{"duplicates", "exact"}}));
    ASSERT_TRUE(find(after, "exact_duplicates"));
    EXPECT_EQ(find(after, "exact_duplicates")->severity, LintSeverity::Info);
    EXPECT_TRUE(find(after, "exact_duplicates")->protocolKey.empty());
}

TEST(Lint, nearDuplicatesLieWithinAnHour)
{
    auto table = clean();
    table.add("d", "p", 20 * day);
    table.add("d", "p", 20 * day + 3600);
    table.add("d", "p", 20 * day + 2 * 3600 + 1); // more than an hour later
    table.add("d", "q", 20 * day + 2 * 3600 + 2);
    const auto findings = lint(table, testing::plainProtocol());
    const LintFinding* finding = find(findings, "near_duplicates");
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->count, 1);
    EXPECT_EQ(finding->protocolValue, "adjacent");
}

TEST(Lint, nearDuplicatesWithoutTimesAreNeighbours)
{
    testing::InteractionTable table;
    table.add("a", "p");
    table.add("a", "p");
    table.add("a", "q");
    table.add("a", "p");
    const auto findings = lint(table, testing::plainProtocol());
    ASSERT_TRUE(find(findings, "near_duplicates"));
    EXPECT_EQ(find(findings, "near_duplicates")->count, 1);
    EXPECT_FALSE(find(findings, "exact_duplicates"));
}

TEST(Lint, timeTiesAreAWarningWhenMany)
{
    auto table = clean();
    table.add("d", "p", 20 * day);
    table.add("d", "q", 20 * day);
    table.add("d", "r", 20 * day);
    const auto findings = lint(table, testing::plainProtocol());
    const LintFinding* finding = find(findings, "time_ties");
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->count, 2); // 2 of 12 events
    EXPECT_EQ(finding->severity, LintSeverity::Warning);
    EXPECT_EQ(finding->protocolValue, "item");
    for (int event = 0; event < 40; ++event)
        table.add("e", "p", (100 + event) * day);
    const auto more = lint(table, testing::plainProtocol());
    ASSERT_TRUE(find(more, "time_ties")); // 2 of 52
    EXPECT_EQ(find(more, "time_ties")->severity, LintSeverity::Info);
}

TEST(Lint, rowsThatStandBeforeAnEarlierOneAreNamed)
{
    auto table = clean();
    table.add("a", "q", 1 * day);
    const auto findings = lint(table, testing::plainProtocol());
    const LintFinding* finding = find(findings, "out_of_order");
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->count, 1);
    EXPECT_NE(finding->examples.front().find("row 1 of the source"), std::string::npos) << finding->examples.front();
}

TEST(Lint, negativeAndFutureTimes)
{
    auto table = clean();
    table.add("d", "p", -1);
    table.add("d", "q", 40'000'000'000); // the year 3237
    const auto findings = lint(table, testing::plainProtocol());
    ASSERT_TRUE(find(findings, "negative_time"));
    EXPECT_EQ(find(findings, "negative_time")->count, 1);
    EXPECT_EQ(find(findings, "negative_time")->examples.front(), "user d, item p, 1969-12-31 23:59:59");
    ASSERT_TRUE(find(findings, "future_time"));
    EXPECT_EQ(find(findings, "future_time")->count, 1);
    EXPECT_EQ(find(findings, "future_time")->examples.front(), "user d, item q, 3237-07-19 23:06:40");
}

TEST(Lint, testItemsThatTrainingNeverShows)
{
    auto table = clean();
    table.add("d", "p", 20 * day);
    table.add("d", "q", 21 * day);
    table.add("d", "new", 22 * day);
    const auto findings = lint(table, testing::plainProtocol());
    const LintFinding* finding = find(findings, "cold_test_items");
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->count, 1);
    EXPECT_EQ(finding->protocolValue, "core:5");
    EXPECT_NE(finding->examples.front().find("item new"), std::string::npos);
}

TEST(Lint, leakageIsTrainingAfterATestTarget)
{
    auto table = clean(); // everybody's training ends on day 10, the targets lie on day 12
    const char* const items[] = {"p", "q", "r"};
    for (int event = 0; event < 3; ++event)
        table.add("late", items[event], (50 + event) * day);
    const auto findings = lint(table, testing::plainProtocol());
    const LintFinding* finding = find(findings, "leakage");
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->count, 3); // a, b and c, but not the late user itself
    EXPECT_EQ(finding->protocolKey, "split");
    EXPECT_FALSE(find(lint(table, with({{"split", "global_time:0.7"}})), "leakage"));
}

TEST(Lint, targetsBehindTheMask)
{
    auto table = clean();
    table.add("d", "p", 20 * day);
    table.add("d", "q", 21 * day);
    table.add("d", "p", 22 * day);
    const auto findings = lint(table, testing::plainProtocol());
    ASSERT_TRUE(find(findings, "masked_targets"));
    EXPECT_EQ(find(findings, "masked_targets")->count, 1);
    EXPECT_FALSE(find(lint(table, with({{"mask_seen", "none"}})), "masked_targets"));
    // Outside the window nothing is hidden.
    EXPECT_FALSE(find(lint(table, with({{"mask_seen", "window"}, {"max_length", "1"}})), "masked_targets"));
}

TEST(Lint, coldItemsHaveFewTrainingEvents)
{
    testing::InteractionTable table;
    for (int user = 0; user < 7; ++user) {
        table.add("u" + std::to_string(user), "known", 10 * day + user);
        table.add("u" + std::to_string(user), user == 0 ? "rare" : "common", 9 * day + user);
    }
    const auto findings = lint(table, testing::plainProtocol());
    const LintFinding* finding = find(findings, "cold_items");
    ASSERT_TRUE(finding);
    EXPECT_EQ(finding->count, 1);
    EXPECT_EQ(finding->examples.front(), "item rare, 1 training events");
    EXPECT_EQ(finding->protocolValue, "core:5");
}

TEST(Lint, noColdItemsWhereEachHasFive)
{
    testing::InteractionTable table;
    for (int user = 0; user < 5; ++user) {
        table.add("u" + std::to_string(user), "p", 10 * day);
        table.add("u" + std::to_string(user), "q", 11 * day);
    }
    EXPECT_FALSE(find(lint(table, testing::plainProtocol()), "cold_items"));
}

TEST(Lint, botsAreLongOrFast)
{
    auto table = clean();
    table.add("short", "p", 20 * day); // so that the median length is 3, and 500 events decide
    table.add("shorter", "p", 20 * day);
    for (int event = 0; event < 120; ++event) // two events a second
        table.add("fast", "p", 30 * day + event / 2);
    for (int event = 0; event < 120; ++event) // one page of ratings, sent at once
        table.add("page", "p", 31 * day);
    for (int event = 0; event < 501; ++event)
        table.add("long", "p", (40 + event) * day);
    const auto findings = lint(table, testing::plainProtocol());
    const LintFinding* finding = find(findings, "bots");
    ASSERT_TRUE(finding);
    ASSERT_EQ(finding->count, 2);
    EXPECT_NE(finding->examples[0].find("user fast"), std::string::npos);
    EXPECT_NE(finding->examples[1].find("user long"), std::string::npos);
}

TEST(Lint, examplesStopAtTwentyAndCountsDoNot)
{
    auto table = clean();
    for (int copy = 0; copy < 30; ++copy)
        table.add("a", "p", 10 * day);
    const auto findings = lint(table, testing::plainProtocol());
    ASSERT_TRUE(find(findings, "exact_duplicates"));
    EXPECT_EQ(find(findings, "exact_duplicates")->count, 30);
    EXPECT_EQ(find(findings, "exact_duplicates")->examples.size(), 20u);
    // Worst first, and every finding says why.
    EXPECT_TRUE(std::is_sorted(findings.begin(), findings.end(),
        [](const LintFinding& a, const LintFinding& b) { return a.severity > b.severity; }));
    const Json json = toJson(findings);
    for (const Json& entry : json) {
        EXPECT_FALSE(entry.at("why").get<std::string>().empty());
        EXPECT_TRUE(entry.at("severity") == "info" || entry.at("severity") == "warning");
    }
}

TEST(Lint, plainArraysGetTheChecksOfTheSplit)
{
    auto table = clean();
    table.add("d", "p", 20 * day);
    table.add("d", "q", 21 * day);
    table.add("d", "new", 22 * day);
    Progress progress;
    EXPECT_TRUE(find(lintDataset(*table.prepare(testing::plainProtocol()), progress), "cold_test_items"));
}

TEST(Lint, canBeCancelled)
{
    const testing::WrittenDataset written(clean());
    const auto data = written.prepare(testing::plainProtocol());
    Progress progress;
    progress.requestCancel();
    EXPECT_THROW(lintDataset(*data, progress), Error);
}

} // namespace
} // namespace recoscope
