// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Real data, where it is there: the counts of ../shared/data/README.md must come out.

#include <gtest/gtest.h>

#include "engine/data/catalogue.h"
#include "engine/data/importers/importer.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

struct SharedCase {
    const char* path;
    const char* format;
    std::int64_t users, items, interactions;
    bool times, feedback;
    const char* items_file = "";
};

void PrintTo(const SharedCase& value, std::ostream* out)
{
    *out << value.path;
}

class ImportShared : public testing::TestWithParam<SharedCase> { };

TEST_P(ImportShared, CountsAreThoseOfTheReadme)
{
    const SharedCase& expected = GetParam();
    const Path source = sharedData(expected.path);
    if (source.empty())
        GTEST_SKIP() << "no ../shared/data/" << expected.path;
    const TemporaryFolder folder;
    Progress progress;
    ImportOptions options;
    if (*expected.items_file)
        options.itemsFile = sharedData(expected.items_file);
    const auto dataset = importDataset(source, folder.path() / "d", "d", options, progress);
    const DatasetInfo& info = dataset->info();
    EXPECT_EQ(info.format, expected.format);
    EXPECT_EQ(info.users, expected.users);
    EXPECT_EQ(info.items, expected.items);
    EXPECT_EQ(info.interactions, expected.interactions);
    EXPECT_EQ(info.hasTimes, expected.times);
    EXPECT_EQ(info.hasFeedback, expected.feedback);
    EXPECT_TRUE(info.report.dropped.empty()) << info.report.toJson().dump();
    EXPECT_EQ(info.report.rowsRead, expected.interactions);
}

INSTANTIATE_TEST_SUITE_P(Data, ImportShared,
    testing::Values(SharedCase{"ml-100k", "movielens", 943, 1682, 100000, true, true},
        SharedCase{"ml-latest-small", "movielens", 610, 9724, 100836, true, true},
        SharedCase{"ml-1m", "movielens", 6040, 3674, 1000072, true, true},
        SharedCase{"ml-1m-sasrec", "sasrec", 6040, 3416, 999611, false, false},
        SharedCase{"sasrec-video", "sasrec", 31013, 23715, 287107, false, false},
        SharedCase{"seqrecbench/amazon2014-beauty", "delimited", 22332, 12086, 198215, true, false},
        SharedCase{"seqrecbench/amazon2018-game", "delimited", 50597, 16874, 453637, true, false},
        SharedCase{"seqrecbench/yoochoose-buys/interactions.tsv.gz", "delimited", 43107, 4659, 292230, true, false},
        SharedCase{"s3rec/Beauty.txt", "s3rec", 22363, 12101, 198502, false, false},
        SharedCase{"s3rec/Toys_and_Games.txt", "s3rec", 19412, 11924, 167597, false, false},
        SharedCase{"s3rec/Sports_and_Outdoors.txt", "s3rec", 35598, 18357, 296337, false, false},
        SharedCase{"letter-scientific", "user-lists", 8317, 4344, 58492, false, false},
        SharedCase{"amazon-raw/Gift_Cards_5.json.gz", "amazon", 458, 148, 2972, true, true},
        SharedCase{"amazon-raw/Magazine_Subscriptions_5.json.gz", "amazon", 348, 157, 2375, true, true},
        SharedCase{"amazon-raw/All_Beauty_5.json.gz", "amazon", 991, 85, 5269, true, true},
        SharedCase{"lastfm-hetrec", "recbole", 1362, 2975, 64286, true, true}),
    [](const auto& info) {
        std::string name = info.param.path;
        for (char& c : name)
            c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
        return name;
    });

} // namespace
} // namespace recoscope
