// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The fast path of delimited interactions against plain readings of the same text: every variant of its vector loops,
// and the layout known to the compiler beside those that are looked up.

#include <gtest/gtest.h>

#include "engine/core/random.h"
#include "engine/data/importers/fast_rows.h"

namespace recoscope {
namespace {

std::string textOfAllBytes(std::size_t size, std::uint64_t seed)
{
    RandomStream random(seed, "marks");
    std::string text;
    while (text.size() < size)
        text += random.below(2) == 0 ? static_cast<char>(random.below(256)) : static_cast<char>('0' + random.below(10));
    return text;
}

std::string digitsOfLength(RandomStream& random, std::size_t length)
{
    std::string digits(1, static_cast<char>('1' + random.below(9)));
    while (digits.size() < length)
        digits += static_cast<char>('0' + random.below(10));
    return digits;
}

TEST(DigitScan, ListsEveryByteThatIsNoDigit)
{
    for (const DigitScan& scan : availableDigitScans()) {
        for (std::size_t size = 0; size < 300; ++size) {
            const std::string text = textOfAllBytes(size, size);
            std::vector<std::uint32_t> expected, marks(size + spareMarks);
            for (std::size_t i = 0; i < size; ++i) {
                if (text[i] < '0' || text[i] > '9')
                    expected.push_back(static_cast<std::uint32_t>(i));
            }
            marks.resize(scan.listMarks(text.data(), size, marks.data()));
            EXPECT_EQ(marks, expected) << scan.name << ", " << size << " bytes";
        }
    }
}

TEST(DigitScan, JoinsNumbersOfOneToSixteenDigits)
{
    RandomStream random(1, "numbers");
    std::vector<std::uint64_t> high, low;
    std::vector<std::int64_t> expected;
    for (std::size_t i = 0; i < 333; ++i) {
        const std::string digits = i < 16 ? std::string(i + 1, '9') : digitsOfLength(random, 1 + random.below(16));
        const DigitWords words = digitWords((digits + ",behind it").c_str(), digits.size());
        high.push_back(words.high);
        low.push_back(words.low);
        expected.push_back(std::stoll(digits));
    }
    for (const DigitScan& scan : availableDigitScans()) {
        std::vector<std::int64_t> numbers(expected.size());
        scan.joinDigits(high.data(), low.data(), numbers.data(), numbers.size());
        EXPECT_EQ(numbers, expected) << scan.name;
    }
}

struct Row {
    std::string user, item, rating, time;
};

std::vector<Row> randomRows(std::size_t count)
{
    RandomStream random(2, "rows");
    std::vector<Row> rows;
    for (std::size_t i = 0; i < count; ++i) {
        const auto digits = [&](std::size_t longest) { return digitsOfLength(random, 1 + random.below(longest)); };
        const std::string fractions[] = {"", ".5", ".25", ".0625"};
        rows.push_back({digits(16), digits(9), digits(2) + fractions[random.below(4)], digits(12)});
        if (rows.back().time > "253402300799" && rows.back().time.size() == 12)
            rows.back().time = "253402300799"; // the last second of the year 9999
    }
    return rows;
}

DelimitedLayout layoutOf(std::vector<std::string> columns, const std::string& delimiter)
{
    DelimitedLayout layout;
    layout.columns = std::move(columns);
    layout.delimiter = delimiter;
    layout.timeUnit = TimeUnit::Seconds;
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
        int* const roles[] = {&layout.user, &layout.item, &layout.rating, &layout.time};
        const std::string_view names[] = {"user", "item", "rating", "time"};
        for (std::size_t role = 0; role < 4; ++role) {
            if (layout.columns[i] == names[role])
                *roles[role] = static_cast<int>(i);
        }
    }
    return layout;
}

std::string textOf(const std::vector<Row>& rows, const DelimitedLayout& layout, const std::string& lineEnd)
{
    std::string text;
    for (const Row& row : rows) {
        for (std::size_t i = 0; i < layout.columns.size(); ++i) {
            const int column = static_cast<int>(i);
            text += i == 0 ? "" : layout.delimiter;
            text += column == layout.user ? row.user
                : column == layout.item   ? row.item
                : column == layout.rating ? row.rating
                : column == layout.time   ? row.time
                                          : "7";
        }
        text += lineEnd;
    }
    return text;
}

// Reads what the fast path takes and expects it to stop only where no room is left behind the row.
void expectRows(const std::vector<Row>& rows, const DelimitedLayout& layout, const std::string& lineEnd)
{
    const std::string text = textOf(rows, layout, lineEnd);
    FastRowParser parser(layout);
    parser.begin(text);
    RowBatch batch;
    std::size_t read = 0;
    do {
        batch.size = 0;
        parser.parse(batch);
        for (std::size_t i = 0; i < batch.size; ++i, ++read) {
            const Row& row = rows[read];
            EXPECT_EQ(batch.users[i], std::stoll(row.user));
            EXPECT_EQ(batch.items[i], std::stoll(row.item));
            EXPECT_EQ(batch.ratings[i], std::stof(row.rating));
            EXPECT_EQ(batch.times[i], std::stoll(row.time));
        }
    } while (batch.size == RowBatch::capacity);
    EXPECT_LE(read, rows.size());
    EXPECT_GE(read + 10, rows.size());
}

TEST(FastRows, ReadsTheSameRowsInEveryLayout)
{
    const std::vector<Row> rows = randomRows(5000);
    for (const std::string lineEnd : {"\n", "\r\n"}) {
        expectRows(rows, layoutOf({"user", "item", "rating", "time"}, ","), lineEnd);
        expectRows(rows, layoutOf({"user", "item", "rating", "time"}, "::"), lineEnd);
        expectRows(rows, layoutOf({"time", "rating", "other", "user", "item"}, "\t"), lineEnd);
    }
}

TEST(FastRows, StopAtATimeBeyondTheLastYear)
{
    const DelimitedLayout layout = layoutOf({"user", "item", "rating", "time"}, ",");
    std::vector<Row> rows(20, {"1", "2", "3.5", "253402300799"});
    rows[4].time = "253402300800";
    const std::string text = textOf(rows, layout, "\n");
    FastRowParser parser(layout);
    parser.begin(text);
    RowBatch batch;
    EXPECT_EQ(parser.parse(batch), 4u);
    EXPECT_EQ(parser.takeLine(), "1,2,3.5,253402300800");
    parser.parse(batch);
    EXPECT_GT(batch.size, 4u);
    EXPECT_EQ(batch.times[4], 253402300799);
}

} // namespace
} // namespace recoscope
