// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Folders that hold more than one file of interactions, and what lies beside the ratings of MovieLens.

#include <gtest/gtest.h>

#include "engine/core/sqlite.h"
#include "engine/data/catalogue.h"
#include "engine/data/importers/importer.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

class ImportFolders : public testing::Test {
protected:
    Path source() const { return m_folder.path() / "source"; }
    void SetUp() override { std::filesystem::create_directory(source()); }
    void write(const std::string& name, const std::string& text) const { writeText(source() / name, text); }
    std::shared_ptr<const Dataset> import(const std::string& name = "d", const ImportOptions& options = {})
    {
        Progress progress;
        return importDataset(source(), m_folder.path() / name, name, options, progress);
    }
    static std::string review(const std::string& user, const std::string& item, int time)
    {
        return R"({"reviewerID": ")" + user + R"(", "asin": ")" + item + R"(", "overall": 4.0, "unixReviewTime": )"
            + std::to_string(time) + "}\n";
    }
    static std::string extraOf(const Dataset& dataset, const std::string& raw)
    {
        Database database(dataset.folder() / "catalogue.sqlite", Database::Mode::ReadOnly);
        Statement query(database, "SELECT ifnull(extra,'') FROM items WHERE raw=?");
        query.bind(1, raw);
        return query.step() ? query.text(0) : "no such item";
    }

    TemporaryFolder m_folder;
};

TEST_F(ImportFolders, AmazonCategoriesAreReadTogetherEachWithItsMetadata)
{
    write("Books_5.json", review("ann", "b1", 100) + review("bob", "b2", 200));
    write("Games_5.json", review("ann", "g1", 150) + review("ann", "b1", 50));
    write("meta_Books.json",
        R"({"asin": "b1", "title": "A book"})"
        "\n");
    write("meta_Games.json",
        R"({"asin": "g1", "title": "A game"})"
        "\n");
    write("meta_Music.json",
        R"({"asin": "m1", "title": "A song"})"
        "\n");
    const auto dataset = import();
    EXPECT_EQ(dataset->info().format, "amazon");
    EXPECT_EQ(dataset->info().users, 2);
    EXPECT_EQ(dataset->info().items, 3);
    EXPECT_EQ(dataset->info().interactions, 4);
    const Catalogue& catalogue = dataset->catalogue();
    EXPECT_EQ(catalogue.item(*catalogue.findItem("b1")).title, "A book");
    EXPECT_EQ(catalogue.item(*catalogue.findItem("g1")).title, "A game");
    EXPECT_FALSE(catalogue.findItem("m1"));
    const ImportPreview preview = previewImport(source(), {});
    EXPECT_EQ(preview.files,
        (std::vector<std::string>{"Books_5.json", "Games_5.json", "meta_Books.json", "meta_Games.json"}));
}

TEST_F(ImportFolders, OneSetOfSequencesIsFound)
{
    write("Beauty.txt", "1 1 2 3 4\n2 3 1\n3 2 4 1 3 2\n");
    write("Beauty_item2attributes.json", R"({"1": [7, 8]})");
    write("readme.md", "text");
    const auto dataset = import();
    EXPECT_EQ(dataset->info().format, "s3rec");
    EXPECT_EQ(dataset->info().interactions, 11);
    const Catalogue& catalogue = dataset->catalogue();
    EXPECT_EQ(catalogue.item(*catalogue.findItem("1")).categories, (std::vector<std::string>{"7", "8"}));
}

TEST_F(ImportFolders, SeveralSetsOfSequencesAreNotMixed)
{
    write("Beauty.txt", "1 1 2 3 4\n2 3 1\n3 2 4 1 3 2\n");
    write("Toys.txt", "1 9 8\n2 3 1 7\n3 2 4 1 3 2\n");
    expectError(ErrorKind::Input, "several sets of sequences: Beauty.txt, Toys.txt", [&] { import(); });
    EXPECT_EQ(m_folder.entries(), std::vector<std::string>{"source"});
}

TEST_F(ImportFolders, LinksAndTagsOfMovieLensGoIntoTheCatalogue)
{
    write("ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.0,100\n1,20,3.0,200\n2,10,5.0,300\n2,30,1.0,400\n");
    write("movies.csv", "movieId,title,genres\n10,\"One, two\",Drama\n20,Three,Comedy|Drama\n30,Four,War\n");
    write("links.csv", "movieId,imdbId,tmdbId\n10,0114709,862\n20,0113497,\n99,1,2\n");
    write("tags.csv", "userId,movieId,tag,timestamp\n1,10,slow,1\n2,10,funny,2\n3,10,funny,3\n2,20,\"a, b\",4\n");
    const auto dataset = import();
    EXPECT_EQ(dataset->info().format, "movielens");
    EXPECT_TRUE(dataset->info().report.warnings.empty());
    EXPECT_EQ(extraOf(*dataset, "10"), R"({"imdb":"0114709","tags":["funny","slow"],"tmdb":"862"})");
    EXPECT_EQ(extraOf(*dataset, "20"), R"({"imdb":"0113497","tags":["a, b"]})");
    EXPECT_EQ(extraOf(*dataset, "30"), "");
    EXPECT_EQ(extraOf(*dataset, "99"), "no such item");
    EXPECT_EQ(dataset->catalogue().item(*dataset->catalogue().findItem("10")).title, "One, two");
}

TEST_F(ImportFolders, OddLinksAreToldAndLoseNoRating)
{
    write("ratings.csv", "userId,movieId,rating,timestamp\n1,10,4.0,100\n1,20,3.0,200\n");
    write("movies.csv", "movieId,title,genres\n10,One,Drama\n20,Two,War\n");
    write("links.csv", "film,address\n10,x\n");
    write("tags.csv", "userId,movieId,tag,timestamp\n1,10,slow\n1,10,slow,5\n");
    const auto dataset = import();
    EXPECT_EQ(dataset->info().interactions, 2);
    EXPECT_EQ(extraOf(*dataset, "10"), R"({"tags":["slow"]})");
    ASSERT_EQ(dataset->info().report.warnings.size(), 2u);
    EXPECT_EQ(dataset->info().report.warnings[0], "links.csv: other columns than expected; it was not read");
}

} // namespace
} // namespace recoscope
