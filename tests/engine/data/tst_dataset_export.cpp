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
    Progress progress;
    writeSequencesCsv(*written.prepare(leaveOneOut()), folder.path() / "events.csv", progress);
    const auto again = importDataset(folder.path() / "events.csv", folder.path() / "again", "again", {}, progress);
    EXPECT_EQ(again->info().contentHash, written.dataset()->info().contentHash);
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
    const TemporaryFolder folder;
    writeStatisticsCsv(statistics, folder.path() / "statistics.csv");
    const std::string text = content(folder.path() / "statistics.csv");
    for (const char* line :
        {"figure,users,,3\n", "figure,density,,0.25\n", "events_per_user,1,2,5\n", "events_per_user,2,4,6\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

} // namespace
} // namespace recoscope
