// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/dataset_export.h"

#include <sstream>

#include <gtest/gtest.h>

#include "engine/core/csv_file.h"
#include "engine/data/importers/importer.h"
#include "written_dataset.h"

namespace recoscope {
namespace {

std::string content(const Path& path)
{
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Three users of 4, 3 and 2 events; the ids need quotes.
testing::InteractionTable awkwardIds()
{
    testing::InteractionTable table;
    const std::string a = "a,\"x\"", b = "b", c = "c\nd";
    for (int i = 0; i < 4; ++i)
        table.add(a, "p" + std::to_string(i), 1000 + i);
    for (int i = 0; i < 3; ++i)
        table.add(b, "p" + std::to_string(i), 2000 + i);
    for (int i = 0; i < 2; ++i)
        table.add(c, "p" + std::to_string(i), 3000 + i);
    return table;
}

Protocol leaveOneOut()
{
    Protocol protocol;
    protocol.filter = FilterKind::None;
    return protocol;
}

TEST(DatasetExport, FieldsAreQuotedOnlyWhereTheyMustBe)
{
    std::string line;
    for (const char* text : {"plain", "with space", "a,b", "say \"x\"", "two\nlines", ""}) {
        appendField(line, text);
        line += '|';
    }
    EXPECT_EQ(line, "plain|with space|\"a,b\"|\"say \"\"x\"\"\"|\"two\nlines\"||");
}

TEST(DatasetExport, NumbersReadBackTheSame)
{
    for (const double value : {0.1, 1.0 / 3.0, 1e-300, 12345678.9, -0.0}) {
        std::string text;
        appendNumber(text, value);
        EXPECT_EQ(std::stod(text), value) << text;
    }
}

TEST(DatasetExport, EveryEventIsInItsPartOfTheSplit)
{
    const testing::WrittenDataset written(awkwardIds());
    const TemporaryFolder folder;
    Progress progress;
    writeSequencesCsv(*written.prepare(leaveOneOut()), folder.path() / "events.csv", progress);
    EXPECT_EQ(content(folder.path() / "events.csv"),
        "user,item,time,part\n"
        "\"a,\"\"x\"\"\",p0,1000,train\n"
        "\"a,\"\"x\"\"\",p1,1001,train\n"
        "\"a,\"\"x\"\"\",p2,1002,valid\n"
        "\"a,\"\"x\"\"\",p3,1003,test\n"
        "b,p0,2000,train\n"
        "b,p1,2001,valid\n"
        "b,p2,2002,test\n"
        "\"c\nd\",p0,3000,train\n"
        "\"c\nd\",p1,3001,train\n");
    EXPECT_EQ(folder.entries(), std::vector<std::string>{"events.csv"});
}

// Of the events in `folder`/events.csv.
std::shared_ptr<const Dataset> writtenAndRead(const testing::WrittenDataset& written, const TemporaryFolder& folder)
{
    Progress progress;
    writeSequencesCsv(*written.prepare(leaveOneOut()), folder.path() / "events.csv", progress);
    return importDataset(folder.path() / "events.csv", folder.path() / "again", "again", {}, progress);
}

// What was written is read again as the same dataset.
TEST(DatasetExport, TheFileCanBeImported)
{
    testing::InteractionTable table;
    for (int user = 0; user < 5; ++user) {
        for (int i = 0; i < 4; ++i)
            table.add("u," + std::to_string(user), "p" + std::to_string((user + i) % 6), 1600000000 + 1000 * user + i);
    }
    const testing::WrittenDataset written(table);
    const TemporaryFolder folder;
    const auto again = writtenAndRead(written, folder);
    EXPECT_EQ(again->info().contentHash, written.dataset()->info().contentHash);
}

// Two users whose events have names that need quotes, and none at some.
testing::InteractionTable markedEvents()
{
    constexpr std::uint8_t none = EventMark::unknown;
    testing::InteractionTable table;
    table.setMarkNames({"home, top", "search"}, {"view", "say \"yes\"", "two\nlines"});
    table.add("a", "p", 1600000000, EventMark{0, none});
    table.add("a", "q", 1600000001, EventMark{none, 0});
    table.add("a", "p", 1600000002, EventMark{1, 1});
    table.add("b", "q", 1600000003, EventMark{1, 2});
    table.add("b", "p", 1600000004, EventMark{});
    table.add("b", "q", 1600000005, EventMark{0, 0});
    return table;
}

TEST(DatasetExport, SurfacesAndKindsStandByName)
{
    const testing::WrittenDataset written(markedEvents());
    const TemporaryFolder folder;
    const auto again = writtenAndRead(written, folder);
    EXPECT_EQ(content(folder.path() / "events.csv"),
        "user,item,time,part,surface,kind\n"
        "a,p,1600000000,train,\"home, top\",\n"
        "a,q,1600000001,valid,,view\n"
        "a,p,1600000002,test,search,\"say \"\"yes\"\"\"\n"
        "b,q,1600000003,train,search,\"two\nlines\"\n"
        "b,p,1600000004,valid,,\n"
        "b,q,1600000005,test,\"home, top\",view\n");
    EXPECT_EQ(again->info().kinds, written.dataset()->info().kinds);
    EXPECT_EQ(again->info().contentHash, written.dataset()->info().contentHash);
}

TEST(DatasetExport, OnlyWhatEventsHaveIsAColumn)
{
    testing::InteractionTable table = markedEvents();
    table.setMarkNames({}, {"view", "like", "buy"});
    const testing::WrittenDataset written(table);
    const TemporaryFolder folder;
    Progress progress;
    writeSequencesCsv(*written.prepare(leaveOneOut()), folder.path() / "events.csv", progress);
    const std::string text = content(folder.path() / "events.csv");
    EXPECT_TRUE(text.starts_with("user,item,time,part,kind\na,p,1600000000,train,\na,q,1600000001,valid,view\n"))
        << text;
}

TEST(DatasetExport, CancellingLeavesNoFile)
{
    const testing::WrittenDataset written(awkwardIds());
    const auto data = written.prepare(leaveOneOut());
    const TemporaryFolder folder;
    Progress progress;
    progress.requestCancel();
    expectError(ErrorKind::Cancelled, "", [&] { writeSequencesCsv(*data, folder.path() / "events.csv", progress); });
    EXPECT_TRUE(folder.entries().empty());
}

TEST(DatasetExport, FindingsHaveOneRowAnExample)
{
    LintFinding several;
    several.code = "ties";
    several.severity = LintSeverity::Warning;
    several.count = 2;
    several.title = "Equal times";
    several.why = "order, unknown";
    several.remedy = "none";
    several.examples = {"user a", "user b"};
    LintFinding plain = several;
    plain.code = "bots";
    plain.examples.clear();
    const TemporaryFolder folder;
    writeFindingsCsv({several, plain}, folder.path() / "lint.csv");
    const std::string severity = lintSeverityName(LintSeverity::Warning);
    EXPECT_EQ(content(folder.path() / "lint.csv"),
        "code,severity,count,title,why,remedy,example\n"
        "ties,"
            + severity
            + ",2,Equal times,\"order, unknown\",none,user a\n"
              "ties,"
            + severity
            + ",2,Equal times,\"order, unknown\",none,user b\n"
              "bots,"
            + severity + ",2,Equal times,\"order, unknown\",none,\n");
}

TEST(DatasetExport, StatisticsHoldFiguresAndBins)
{
    DatasetStatistics statistics;
    statistics.users = 3;
    statistics.density = 0.25;
    statistics.lengths.edges = {1, 2, 4};
    statistics.lengths.counts = {5, 6};
    statistics.kinds = {{"add, remove", 7}, {std::nullopt, 2}};
    const TemporaryFolder folder;
    writeStatisticsCsv(statistics, folder.path() / "statistics.csv");
    const std::string text = content(folder.path() / "statistics.csv");
    for (const char* line : {"figure,users,,3\n", "figure,density,,0.25\n", "events_per_user,1,2,5\n",
             "events_per_user,2,4,6\n", "kind,\"add, remove\",,7\n", "kind,,,2\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

} // namespace
} // namespace recoscope
