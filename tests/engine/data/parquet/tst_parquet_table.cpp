// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Parquet files row by row: what is read of whole files, and that no damaged one does harm.

#include "tests/engine/data/parquet/parquet_files.h"

#include "engine/data/importers/parquet_table.h"
#include "tests/engine/data/import_support.h"

namespace recoscope {
namespace {

using namespace recoscope::testing;

// Every row of every readable column as text: "7 | 1 2 - 4 | x", a dash for what is not known.
std::vector<std::string> allRows(const ParquetTable& table)
{
    std::vector<std::size_t> columns;
    for (std::size_t number = 0; number < table.columns().size(); ++number)
        if (table.columns()[number].kind != ParquetKind::Other)
            columns.push_back(number);
    std::vector<std::string> rows;
    for (const auto stream = table.read(columns); stream->next();) {
        std::string text;
        for (std::size_t place = 0; place < columns.size(); ++place) {
            const ParquetCells& cells = stream->cells(place);
            text += place > 0 ? " |" : "";
            for (std::size_t entry = 0; entry < cells.size(); ++entry)
                text += " "
                    + (!cells.known[entry]        ? "-"
                            : cells.texts.empty() ? std::to_string(cells.numbers[entry])
                                                  : cells.texts[entry]);
        }
        rows.push_back(text);
        EXPECT_EQ(stream->row(), static_cast<std::int64_t>(rows.size()));
    }
    return rows;
}

Path mixedFile(const Path& file)
{
    return writeParquet(file,
        {{"uid", column(Numbers{7, 4000000000, std::nullopt, 9, 10})},
            {"item_ids",
                listColumn({Numbers{1, 2, std::nullopt, 4}, Numbers{}, std::nullopt, Numbers{5}, Numbers{6, 7}})},
            {"kind", textColumn({"listen", std::nullopt, "", "like", "listen"})},
            {"organic", column(Numbers{1, 0, 1, 1, 0}, "bool")}, {"big", column(Numbers{1, -1, 3, 4, 5}, "u64")},
            {"ratio", column(Numbers{1, 2, 3, 4, 5}, "double")}},
        2);
}

TEST(ParquetTable, RowsOfAllKindsAcrossRowGroups)
{
    const TemporaryFolder folder;
    const auto table = openParquet(mixedFile(folder.path() / "mixed.parquet"));
    EXPECT_EQ(table->rows(), 5);
    ASSERT_EQ(table->columns().size(), 6u);
    EXPECT_TRUE(table->columns()[1].list);
    EXPECT_EQ(table->columns()[1].name, "item_ids");
    EXPECT_EQ(table->columns()[5].kind, ParquetKind::Other);
    EXPECT_EQ(table->columns()[5].type, "DOUBLE");
    // 2^64 - 1 is beyond what an id can be.
    EXPECT_EQ(allRows(*table),
        (std::vector<std::string>{" 7 | 1 2 - 4 | listen | 1 | 1", " 4000000000 | | - | 0 | -", " - | |  | 1 | 3",
            " 9 | 5 | like | 1 | 4", " 10 | 6 7 | listen | 0 | 5"}));
}

TEST(ParquetTable, ListsLongerThanABlock)
{
    const TemporaryFolder folder;
    Numbers longList, second;
    for (std::int64_t value = 0; value < 20000; ++value)
        longList.emplace_back(value * 3);
    second = {1};
    const auto table
        = openParquet(writeParquet(folder.path() / "long.parquet", {{"ids", listColumn({longList, second})}}));
    const auto rows = table->read({0});
    ASSERT_TRUE(rows->next());
    ASSERT_EQ(rows->cells(0).size(), 20000u);
    EXPECT_EQ(rows->cells(0).numbers[19999], 59997);
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->cells(0).numbers, (std::vector<std::int64_t>{1}));
    EXPECT_FALSE(rows->next());
}

std::string bytesOf(const Path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(ParquetTable, EveryTruncationIsRefused)
{
    const TemporaryFolder folder;
    const std::string whole = bytesOf(mixedFile(folder.path() / "mixed.parquet"));
    for (std::size_t length = 0; length < whole.size(); length += 3) {
        writeText(folder.path() / "cut.parquet", whole.substr(0, length));
        expectError(ErrorKind::Input, "cut.parquet", [&] { allRows(*openParquet(folder.path() / "cut.parquet")); });
    }
}

TEST(ParquetTable, NoDamagedByteDoesHarm)
{
    const TemporaryFolder folder;
    const std::string whole = bytesOf(mixedFile(folder.path() / "mixed.parquet"));
    int refused = 0;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (at % 2 ? '\x01' : '\xff'));
        writeText(folder.path() / "damaged.parquet", damaged);
        try {
            EXPECT_LE(allRows(*openParquet(folder.path() / "damaged.parquet")).size(), 100u) << "byte " << at;
        } catch (const Error& error) {
            ++refused;
            EXPECT_NE(error.message().find("damaged.parquet"), std::string::npos) << error.message();
        }
    }
    EXPECT_GT(refused, 100);
}

TEST(ParquetTable, WhatIsNoParquetFile)
{
    const TemporaryFolder folder;
    writeText(folder.path() / "empty.parquet", "");
    expectError(ErrorKind::Input, "'empty.parquet' cannot be read as Parquet",
        [&] { openParquet(folder.path() / "empty.parquet"); });
    writeText(folder.path() / "text.parquet", "user,item,time\n1,2,3\n");
    expectError(ErrorKind::Input, "'text.parquet' cannot be read as Parquet",
        [&] { openParquet(folder.path() / "text.parquet"); });
    expectError(ErrorKind::NotFound, "absent.parquet", [&] { openParquet(folder.path() / "absent.parquet"); });
}

// Nine million equal values take a few hundred bytes.
TEST(ParquetTable, AFileThatUnpacksBeyondAllMeasureIsRefused)
{
    const TemporaryFolder folder;
    const Path file
        = writeParquet(folder.path() / "bomb.parquet", {{"uid", ColumnText{"u32", "* 9000000 7\n"}}}, 16'000'000);
    ASSERT_LT(std::filesystem::file_size(file), 300'000u);
    const auto table = openParquet(file);
    expectError(ErrorKind::Input, "bomb.parquet' unpacks to more than", [&] { table->read({0}); });
}

} // namespace
} // namespace recoscope
