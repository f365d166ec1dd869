// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One fixture of tests/cases/import for each defect that a source can have: what is kept, what is dropped and why, and
// that a refusal leaves no dataset behind.

#include <unistd.h>

#include <gtest/gtest.h>

#include "engine/data/catalogue.h"
#include "engine/data/importers/byte_source.h"
#include "engine/data/importers/importer.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

// An absolute path stays what it is.
Path fixture(const Path& name)
{
    return Path(RECOSCOPE_SOURCE_DIR) / "tests" / "cases" / "import" / name;
}

class ImportDefect : public testing::Test {
protected:
    std::shared_ptr<const Dataset> import(const Path& source, const ImportOptions& options = {})
    {
        Progress progress;
        std::filesystem::remove_all(m_folder.path() / "d");
        return importDataset(fixture(source), m_folder.path() / "d", "d", options, progress);
    }
    void refuse(const Path& source, const std::string& text, const ImportOptions& options = {})
    {
        expectError(ErrorKind::Input, text, [&] { import(source, options); });
        EXPECT_TRUE(m_folder.entries().empty()) << "something was left behind";
    }
    static std::map<std::string, std::vector<std::int64_t>> droppedLines(const Dataset& dataset)
    {
        std::map<std::string, std::vector<std::int64_t>> result;
        for (const auto& entry : dataset.info().report.dropped) {
            EXPECT_EQ(entry.count, static_cast<std::int64_t>(entry.examples.size()));
            for (const auto& example : entry.examples)
                result[entry.reason].push_back(example.line);
        }
        return result;
    }
    static void expectThreeRows(const Dataset& dataset)
    {
        EXPECT_EQ(dataset.catalogue().rawUsers(), (std::vector<std::string>{"1", "2"}));
        EXPECT_EQ(dataset.catalogue().rawItems(), (std::vector<std::string>{"10", "11", "12"}));
        EXPECT_EQ(toVector(dataset.interactions().items), (std::vector<std::int32_t>{0, 2, 1}));
        EXPECT_EQ(toVector(dataset.interactions().feedback), (std::vector<float>{4.5, 5, 3}));
        EXPECT_EQ(toVector(dataset.interactions().times),
            (std::vector<std::int64_t>{1000000000000, 1000000002000, 1000000001000}));
    }

    const TemporaryFolder m_folder;
};

using Lines = std::map<std::string, std::vector<std::int64_t>>;

TEST_F(ImportDefect, EmptyFile)
{
    refuse("empty_file.csv", "empty_file.csv");
}

TEST_F(ImportDefect, HeaderOnly)
{
    refuse("header_only.csv", "has a header but no rows (line 2");
}

TEST_F(ImportDefect, WrongDelimiter)
{
    ImportOptions options;
    options.delimiter = ";";
    refuse("wrong_delimiter.csv", "line 1: one column only", options);
    expectThreeRows(*import("wrong_delimiter.csv"));
}

TEST_F(ImportDefect, MixedDelimiters)
{
    const auto dataset = import("mixed_delimiters.csv");
    EXPECT_EQ(dataset->info().interactions, 2);
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"wrong number of fields (4 expected)", {3, 5}}}));
}

TEST_F(ImportDefect, TooManyKinds)
{
    ImportOptions options;
    options.kind = "did";
    refuse("too_many_kinds.csv", "line 257: column 'did' holds more than 255 different names of a kind", options);
    EXPECT_EQ(import("too_many_kinds.csv")->info().interactions, 256);
}

TEST_F(ImportDefect, MissingColumn)
{
    refuse(
        "missing_column.csv", "line 1: no column for the user was recognised; the columns are: visitor, thing, rating");
    ImportOptions options;
    options.user = "reader";
    refuse("missing_column.csv", "line 1: no column 'reader' for the user", options);
    options.user = "visitor";
    options.item = "2";
    EXPECT_EQ(import("missing_column.csv", options)->info().interactions, 2);
}

TEST_F(ImportDefect, TooFewFields)
{
    const auto dataset = import("too_few_fields.csv");
    expectThreeRows(*dataset);
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"wrong number of fields (4 expected)", {5}}}));
}

TEST_F(ImportDefect, NonNumericRating)
{
    const auto dataset = import("non_numeric_rating.csv");
    expectThreeRows(*dataset);
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"rating is not a number", {2}}}));
    EXPECT_EQ(dataset->info().report.rowsRead, 4);
    EXPECT_EQ(dataset->info().report.rowsKept, 3);
}

TEST_F(ImportDefect, NanAndInfiniteRating)
{
    const auto dataset = import("nan_and_infinite_rating.csv");
    expectThreeRows(*dataset);
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"rating is not finite", {2, 3, 4, 5}}}));
}

TEST_F(ImportDefect, NegativeTimeIsKeptWithAWarning)
{
    const auto dataset = import("negative_time.csv");
    EXPECT_EQ(dataset->info().interactions, 4);
    EXPECT_EQ(dataset->interactions().times[0], -5000);
    ASSERT_EQ(dataset->info().report.warnings.size(), 1u);
    EXPECT_NE(dataset->info().report.warnings[0].find("before 1970"), std::string::npos);
}

TEST_F(ImportDefect, AbsurdTime)
{
    const auto dataset = import("absurd_time.csv");
    expectThreeRows(*dataset);
    EXPECT_EQ(
        droppedLines(*dataset), (Lines{{"time is out of range", {2, 3, 4}}, {"time is not a number or date", {5, 6}}}));
}

TEST_F(ImportDefect, NulBytes)
{
    const auto dataset = import("nul_bytes.csv");
    expectThreeRows(*dataset);
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"line contains NUL bytes", {2}}}));
    EXPECT_NE(dataset->info().report.dropped[0].examples[0].text.find("\\x00"), std::string::npos);
}

TEST_F(ImportDefect, InvalidUtf8)
{
    ImportOptions options;
    options.encoding = "utf-8";
    const auto dataset = import("invalid_utf8.csv", options);
    EXPECT_EQ(dataset->info().interactions, 3);
    EXPECT_EQ(dataset->catalogue().rawUsers()[1], "José");
    ASSERT_EQ(dataset->info().report.warnings.size(), 1u);
    EXPECT_NE(dataset->info().report.warnings[0].find("1 lines are not valid UTF-8"), std::string::npos);
    EXPECT_EQ(import("invalid_utf8.csv")->catalogue().rawUsers()[1], "José") << "read as Latin-1 from the start";
}

TEST_F(ImportDefect, ByteOrderMark)
{
    expectThreeRows(*import("bom.csv"));
}

TEST_F(ImportDefect, CarriageReturns)
{
    expectThreeRows(*import("crlf.csv"));
}

TEST_F(ImportDefect, Utf16)
{
    expectThreeRows(*import("utf16le_bom.csv"));
    expectThreeRows(*import("utf16be_no_bom.csv"));
}

TEST_F(ImportDefect, Latin1)
{
    EXPECT_EQ(import("latin1.csv")->catalogue().rawUsers(), (std::vector<std::string>{"José", "Zoë"}));
}

TEST_F(ImportDefect, NoFinalNewline)
{
    expectThreeRows(*import("no_final_newline.csv"));
}

TEST_F(ImportDefect, TruncatedGzip)
{
    refuse("truncated.csv.gz", "'truncated.csv.gz' is cut short");
}

TEST_F(ImportDefect, DamagedGzip)
{
    refuse("damaged.csv.gz", "'damaged.csv.gz' is damaged");
}

TEST_F(ImportDefect, TruncatedZip)
{
    refuse("truncated.zip", "'truncated.zip' is cut short or damaged");
}

TEST_F(ImportDefect, ZipWithPathsOutside)
{
    refuse("path_traversal.zip", "'../evil.csv', which points outside");
    refuse("absolute_path.zip", "'/etc/evil.csv', which points outside");
}

TEST_F(ImportDefect, ZipBomb)
{
    refuse("zip_bomb.zip", "unpacks to more than");
}

TEST(UnpackLimits, RatioSizeAndMembers)
{
    UnpackLimits limits;
    limits.graceBytes = 1000;
    limits.ratio = 10;
    limits.totalBytes = 100'000;
    EXPECT_NO_THROW(checkUnpacked("f", 10, 1000, limits));
    EXPECT_NO_THROW(checkUnpacked("f", 200, 2000, limits));
    expectError(ErrorKind::Input, "'f'", [&] { checkUnpacked("f", 199, 2000, limits); });
    expectError(ErrorKind::Input, "'f'", [&] { checkUnpacked("f", 100'000, 100'001, limits); });
    limits.members = 1;
    expectError(ErrorKind::Input, "members", [&] { zipMembers(fixture("movielens_csv.zip"), limits); });
}

TEST_F(ImportDefect, DuplicateColumns)
{
    refuse("duplicate_columns.csv", "line 1: column 'user' is there twice");
}

TEST_F(ImportDefect, OneUserOnly)
{
    const auto dataset = import("one_user_only.csv");
    EXPECT_EQ(dataset->info().users, 1);
    EXPECT_EQ(dataset->info().interactions, 2);
}

TEST_F(ImportDefect, QuotedFieldsMaySpanLines)
{
    const auto dataset = import("quoted.csv");
    EXPECT_EQ(dataset->info().interactions, 3);
    EXPECT_TRUE(dataset->info().report.dropped.empty());
}

TEST_F(ImportDefect, UnclosedQuoteCostsItsLineOnly)
{
    const auto dataset = import("unclosed_quote.csv");
    EXPECT_EQ(dataset->catalogue().rawUsers(), (std::vector<std::string>{"2", "3"}));
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"quote is never closed", {2}}}));
}

TEST_F(ImportDefect, TenMegabyteLine)
{
    const Path file = m_folder.path() / "ten_megabyte_line.csv";
    writeText(file,
        "user,item,rating,timestamp\n1,10,4.5,1000000000\n2,11,3,1000000001\n" + std::string(11 << 20, '7')
            + "\n1,12,5,1000000002\n");
    const auto dataset = import(file);
    expectThreeRows(*dataset);
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"line is longer than 10 MB", {4}}}));
    ASSERT_FALSE(dataset->info().report.dropped.empty());
    EXPECT_LE(dataset->info().report.dropped[0].examples[0].text.size(), 200u);
}

TEST_F(ImportDefect, ReadFailureIsAResourceErrorAndLeavesNothing)
{
    setFileFault([](std::string_view operation, const Path& path) {
        return operation == "open" && path.filename() == "crlf.csv" ? EACCES : 0;
    });
    expectError(ErrorKind::Resource, "no permission", [&] { import("crlf.csv"); });
    setFileFault({});
    EXPECT_TRUE(m_folder.entries().empty());
}

TEST_F(ImportDefect, UnreadableFolder)
{
    if (::geteuid() == 0)
        GTEST_SKIP() << "this user may read every folder";
    const Path folder = m_folder.path() / "folder";
    std::filesystem::create_directory(folder);
    std::filesystem::permissions(folder, std::filesystem::perms::none);
    expectError(ErrorKind::Resource, "cannot read folder", [&] { import(folder); });
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
}

TEST_F(ImportDefect, FileNameInAnotherEncoding)
{
    const Path file = m_folder.path() / "caf\xe9.csv";
    std::filesystem::copy_file(fixture("bom.csv"), file);
    const auto dataset = import(file);
    expectThreeRows(*dataset);
    EXPECT_EQ(dataset->info().source, "caf\\xe9.csv");
}

TEST_F(ImportDefect, MinimumRatingWithoutRatings)
{
    ImportOptions options;
    options.minRating = 3;
    expectError(ErrorKind::Usage, "no column holds ratings", [&] { import("milliseconds.csv", options); });
    EXPECT_TRUE(m_folder.entries().empty());
}

TEST_F(ImportDefect, MissingSourceAndUnknownFormat)
{
    expectError(ErrorKind::NotFound, "nowhere.csv", [&] { import("nowhere.csv"); });
    ImportOptions options;
    options.format = "excel";
    expectError(ErrorKind::Usage, "unknown format 'excel'", [&] { import("crlf.csv", options); });
    const Path folder = m_folder.path() / "folder";
    std::filesystem::create_directory(folder);
    expectError(ErrorKind::Input, "none of the known formats", [&] { import(folder); });
}

TEST_F(ImportDefect, CancelStopsReading)
{
    Progress progress;
    progress.requestCancel();
    expectError(ErrorKind::Cancelled, "",
        [&] { importDataset(fixture("crlf.csv"), m_folder.path() / "d", "d", {}, progress); });
    EXPECT_TRUE(m_folder.entries().empty());
}

TEST_F(ImportDefect, LeadingZerosMakeDifferentIds)
{
    const auto dataset = import("ids_with_leading_zeros.csv");
    EXPECT_EQ(dataset->catalogue().rawUsers(), (std::vector<std::string>{"007", "7"}));
    EXPECT_EQ(dataset->catalogue().rawItems(), (std::vector<std::string>{"10", "0010"}));
}

TEST_F(ImportDefect, TimesInDatesAndMilliseconds)
{
    const auto dates = import("iso_dates.csv");
    EXPECT_EQ(toVector(dates->interactions().times),
        (std::vector<std::int64_t>{1406073600000, 1406102400250, 1406109600000}));
    const auto milliseconds = import("milliseconds.csv");
    EXPECT_EQ(milliseconds->interactions().times[0], 1396853842621);
    ImportOptions none;
    none.timeUnit = "none";
    EXPECT_FALSE(import("milliseconds.csv", none)->info().hasTimes);
}

TEST_F(ImportDefect, MinimumRatingIsCounted)
{
    ImportOptions options;
    options.minRating = 4.5;
    const auto dataset = import("bom.csv", options);
    EXPECT_EQ(dataset->info().interactions, 2);
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"rating is below 4.5", {3}}}));
}

TEST_F(ImportDefect, PreviewShowsWhatWasDetected)
{
    const ImportPreview preview = previewImport(fixture("no_header_semicolon.txt"), {});
    EXPECT_EQ(preview.format, "delimited");
    EXPECT_EQ(preview.options.delimiter, ";");
    EXPECT_EQ(preview.options.header, false);
    ASSERT_EQ(preview.columns.size(), 4u);
    EXPECT_EQ(preview.columns[0].role, "user");
    EXPECT_EQ(preview.columns[1].role, "item");
    EXPECT_EQ(preview.columns[3].role, "time");
    EXPECT_EQ(preview.rows.size(), 2u);
    EXPECT_EQ(preview.rows[1][2], "3,5");
}

TEST_F(ImportDefect, PreviewOfUnknownColumnsShowsThemAndSaysWhatIsMissing)
{
    const Path file = m_folder.path() / "unknown.csv";
    writeText(file, "who,what\n7,x\n8,y\n");
    const ImportPreview preview = previewImport(file, {});
    ASSERT_TRUE(preview.problem);
    EXPECT_NE(preview.problem->message().find("no column for the user"), std::string::npos);
    ASSERT_EQ(preview.columns.size(), 2u);
    EXPECT_EQ(preview.columns[1].name, "what");
    EXPECT_EQ(preview.rows.size(), 2u);
    ImportOptions told = preview.options;
    told.user = "who";
    told.item = "what";
    EXPECT_FALSE(previewImport(file, told).problem);
}

TEST_F(ImportDefect, ARoleSetToNoneIsNotDetectedAgain)
{
    ImportOptions options;
    options.time = "none";
    options.item = "none";
    const ImportPreview preview = previewImport(fixture("no_header_semicolon.txt"), options);
    EXPECT_EQ(preview.options.time, "none");
    EXPECT_EQ(preview.columns[3].role, "");
    EXPECT_TRUE(preview.problem);
}

// The options of a preview are what the import dialog imports with.
TEST_F(ImportDefect, OptionsOfAPreviewReadTheSameRows)
{
    const Path file = m_folder.path() / "u.data";
    writeText(file, "1\t10\t5\t1000000000\n1\t11\t4\t1000000001\n2\t10\t3\t1000000002\n");
    const ImportPreview preview = previewImport(file, {});
    EXPECT_EQ(preview.options.user, "user");
    EXPECT_EQ(import(file, preview.options)->info().interactions, 3);
}

TEST_F(ImportDefect, MovieLensFromAnArchive)
{
    const auto dataset = import("movielens_csv.zip");
    EXPECT_EQ(dataset->info().format, "movielens");
    expectThreeRows(*dataset);
    EXPECT_EQ(dataset->catalogue().titles(), (std::vector<std::string>{"Film, The (1999)", "Other (2000)", "12"}));
    EXPECT_EQ(dataset->catalogue().categories(), (std::vector<std::string>{"Drama|War", "", ""}));
}

TEST_F(ImportDefect, ItemWithoutTitle)
{
    const auto dataset = import("item_without_title.inter");
    EXPECT_EQ(dataset->info().format, "recbole");
    const Catalogue& catalogue = dataset->catalogue();
    EXPECT_EQ(catalogue.titles(), (std::vector<std::string>{"Alpha", "b"}));
    EXPECT_EQ(catalogue.categories(), (std::vector<std::string>{"one|two", "three"}));
    EXPECT_EQ(catalogue.user(UserIndex{0}).attributesJson, R"({"age":"33"})");
    EXPECT_EQ(dataset->interactions().times[0], 1000000000000);
}

TEST_F(ImportDefect, AmazonShapesAndBadLines)
{
    const auto dataset = import("amazon_shapes.jsonl");
    EXPECT_EQ(dataset->info().format, "amazon");
    EXPECT_EQ(dataset->catalogue().rawUsers(), (std::vector<std::string>{"A1", "A2", "A3"}));
    EXPECT_EQ(toVector(dataset->interactions().times),
        (std::vector<std::int64_t>{1400000000000, 1588687728923, 1472688000000}));
    EXPECT_EQ(droppedLines(*dataset),
        (Lines{{"line is not a JSON object", {3}}, {"item is missing", {5}}, {"rating is not a number", {6}}}));
    const ItemRecord one = dataset->catalogue().item(ItemIndex{0}), two = dataset->catalogue().item(ItemIndex{1});
    EXPECT_EQ(one.title, "It's one") << "a Python dictionary of 2014";
    EXPECT_EQ(one.categories, (std::vector<std::string>{"X", "Y"}));
    EXPECT_EQ(one.price, 3.25);
    EXPECT_EQ(two.title, "Two & more");
    EXPECT_EQ(two.categories, (std::vector<std::string>{"C", "D"}));
    EXPECT_EQ(two.brand, "S");
    EXPECT_EQ(two.description, "line one\nline two");
    EXPECT_EQ(dataset->info().report.warnings.size(), 1u);
}

TEST_F(ImportDefect, SequencesWithAttributes)
{
    ImportOptions options;
    options.format = "s3rec";
    const auto dataset = import("sequences.txt", options);
    EXPECT_EQ(toVector(dataset->interactions().items), (std::vector<std::int32_t>{0, 1, 2, 0, 1, 1}));
    EXPECT_EQ(dataset->catalogue().categories(), (std::vector<std::string>{"1|2", "", "3"}));
    EXPECT_EQ(droppedLines(*dataset), (Lines{{"user without items", {3}}}));
    EXPECT_FALSE(dataset->info().hasTimes);
}

TEST_F(ImportDefect, ListsInJson)
{
    const auto dataset = import("lists.inter.json");
    EXPECT_EQ(dataset->info().format, "user-lists");
    EXPECT_EQ(dataset->catalogue().rawUsers(), (std::vector<std::string>{"0", "b", "e"}));
    EXPECT_EQ(toVector(dataset->interactions().items), (std::vector<std::int32_t>{0, 1, 2, 0, 1}));
    EXPECT_EQ(dataset->catalogue().item(ItemIndex{0}).title, "Five");
    EXPECT_EQ(dataset->catalogue().item(ItemIndex{0}).categories, (std::vector<std::string>{"Tools", "Saws"}));
    EXPECT_EQ(dataset->info().report.rowsRead, 7);
    refuse("broken.inter.json", "'broken.inter.json' (line 1) is not valid JSON");
}

} // namespace
} // namespace recoscope
