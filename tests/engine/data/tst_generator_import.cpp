// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Every folder of sample_data/ goes through its importer, found by itself, and comes out as expected.json says.

#include <map>

#include <gtest/gtest.h>

#include "engine/core/json.h"
#include "engine/data/catalogue.h"
#include "engine/data/importers/importer.h"
#include "import_support.h"

namespace recoscope {
namespace {

const Path samples = RECOSCOPE_SOURCE_DIR "/sample_data";

TEST(GeneratorImport, everySampleIsRecognisedAndComplete)
{
    const std::map<std::string, std::string> formats
        = {{"tour", "recbole"}, {"movielens-100k", "movielens"}, {"movielens-1m", "movielens"},
            {"movielens-latest", "movielens"}, {"delimited", "delimited"}, {"amazon", "amazon"}, {"recbole", "recbole"},
            {"sasrec", "sasrec"}, {"s3rec", "s3rec"}, {"user_lists", "user-lists"}};
    const Json expected = readJson(samples / "expected.json");
    for (const auto& [folder, counts] : expected.items()) {
        SCOPED_TRACE(folder);
        const TemporaryFolder target;
        Progress progress;
        // A folder of plain text could be anything, so S3-Rec's layout is recognised from the file.
        const Path source = folder == "s3rec" ? samples / folder / "sample.txt" : samples / folder;
        const auto dataset = importDataset(source, target.path() / "dataset", folder, {}, progress);
        EXPECT_EQ(dataset->info().format, formats.at(folder));
        EXPECT_EQ(dataset->info().users, counts.at("users"));
        EXPECT_EQ(dataset->info().items, counts.at("items"));
        EXPECT_EQ(dataset->info().interactions, counts.at("interactions"));
        EXPECT_TRUE(dataset->info().report.dropped.empty());
        const bool orderOnly = folder == "sasrec" || folder == "s3rec" || folder == "user_lists";
        EXPECT_EQ(dataset->info().hasTimes, !orderOnly);
        EXPECT_EQ(dataset->info().hasFeedback, !orderOnly);
        EXPECT_EQ(dataset->catalogue().hasTitles(), folder != "sasrec" && folder != "s3rec");
    }
}

} // namespace
} // namespace recoscope
