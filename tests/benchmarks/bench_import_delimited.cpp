// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Reading a ratings CSV: the parser alone against a plain std::getline + std::from_chars loop over the same file, and
// the way to a dataset folder and to filtered sequences. One thread.

#include <charconv>
#include <chrono>
#include <fstream>
#include <vector>

#include <zlib.h>

#include "engine/core/benchmark.h"
#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/data/importers/fast_rows.h"
#include "engine/data/importers/importer.h"
#include "engine/data/importers/line_reader.h"
#include "engine/data/prepared.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/temporary_folder.h"

namespace recoscope {

namespace {

double secondsSince(std::chrono::steady_clock::time_point begin)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Users and items with a skew, ratings in halves, times that grow: 26 bytes a row as in the large MovieLens files.
void writeRatings(const Path& file, std::int64_t rows)
{
    std::ofstream out(file, std::ios::binary);
    out << "userId,movieId,rating,timestamp\n";
    RandomStream random(1, "bench-ratings");
    std::string text;
    for (std::int64_t row = 0; row < rows; ++row) {
        const double u = random.uniform(), v = random.uniform();
        const auto user = static_cast<std::int64_t>(u * static_cast<double>(rows) / 46.0) + 1;
        const auto item = static_cast<std::int64_t>(v * v * v * static_cast<double>(rows) / 88.0) + 1;
        const std::uint64_t rating = random.below(10) + 1;
        text += std::to_string(user) + ',' + std::to_string(item) + ',' + std::to_string(rating / 2)
            + (rating % 2 ? ".5," : ".0,") + std::to_string(1'000'000'000 + row * 20) + '\n';
        if (text.size() > 1 << 20) {
            out << text;
            text.clear();
        }
    }
    out << text;
}

// Reused from repeat to repeat, so that fresh pages from the system are not counted as reading.
struct Columns {
    std::vector<std::int64_t> users, items, times;
    std::vector<float> ratings;

    void clear()
    {
        users.clear();
        items.clear();
        times.clear();
        ratings.clear();
    }
};

std::uint64_t checksum(const Columns& columns)
{
    std::uint64_t sum = columns.users.size();
    for (std::size_t row = 0; row < columns.users.size(); ++row)
        sum = sum * 31 + static_cast<std::uint64_t>(columns.users[row] ^ columns.items[row] ^ columns.times[row])
            + static_cast<std::uint64_t>(columns.ratings[row] * 2);
    return sum;
}

// A million rows as MovieLens 1M distributes them: "::" between the fields, packed.
double secondsFromPackedToReady(const Path& folder)
{
    const Path csv = folder / "million.csv";
    writeRatings(csv, 1'000'000);
    std::ifstream in(csv);
    const Path packed = folder / "ratings.dat.gz";
    gzFile out = gzopen(packed.c_str(), "wb6");
    std::string line, text;
    std::getline(in, line);
    while (std::getline(in, line)) {
        text.clear();
        for (const char c : line)
            text += c == ',' ? "::" : std::string(1, c);
        text += '\n';
        gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    }
    gzclose(out);
    const auto begin = std::chrono::steady_clock::now();
    Progress progress;
    const auto dataset = importDataset(packed, folder / "packed", "bench", {}, progress);
    prepare(dataset, Protocol(), progress);
    return secondsSince(begin);
}

void readPlainly(const Path& file, Columns& columns)
{
    columns.clear();
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    while (std::getline(in, line)) {
        std::int64_t user = 0, item = 0, time = 0;
        float rating = 0;
        const char* const end = line.data() + line.size();
        const char* next = std::from_chars(line.data(), end, user).ptr + 1;
        next = std::from_chars(next, end, item).ptr + 1;
        next = std::from_chars(next, end, rating).ptr + 1;
        std::from_chars(next, end, time);
        columns.users.push_back(user);
        columns.items.push_back(item);
        columns.ratings.push_back(rating);
        columns.times.push_back(time);
    }
}

void readFast(const Path& file, Columns& columns)
{
    columns.clear();
    DelimitedLayout layout;
    layout.columns = {"userId", "movieId", "rating", "timestamp"};
    layout.user = 0;
    layout.item = 1;
    layout.rating = 2;
    layout.time = 3;
    layout.timeUnit = TimeUnit::Seconds;
    FastRowParser parser(layout);
    const auto batch = std::make_unique<RowBatch>();
    const auto flush = [&] {
        columns.users.insert(columns.users.end(), batch->users.begin(), batch->users.begin() + batch->size);
        columns.items.insert(columns.items.end(), batch->items.begin(), batch->items.begin() + batch->size);
        columns.times.insert(columns.times.end(), batch->times.begin(), batch->times.begin() + batch->size);
        columns.ratings.insert(columns.ratings.end(), batch->ratings.begin(), batch->ratings.begin() + batch->size);
        batch->size = 0;
    };
    LineReader lines(readText(openByteSource(file), TextEncoding::Utf8));
    std::string_view block;
    lines.next(block);
    while (lines.nextBlock(block)) {
        parser.begin(block);
        while (!parser.atEnd()) {
            if (parser.parse(*batch) > 0) {
                if (batch->size == RowBatch::capacity)
                    flush();
                continue;
            }
            flush();
            // The last line of a block is left to the slow path; here it is plain too.
            const std::string_view line = parser.takeLine();
            const char* const end = line.data() + line.size();
            const char* next = std::from_chars(line.data(), end, batch->users[0]).ptr + 1;
            next = std::from_chars(next, end, batch->items[0]).ptr + 1;
            next = std::from_chars(next, end, batch->ratings[0]).ptr + 1;
            std::from_chars(next, end, batch->times[0]);
            batch->size = 1;
        }
    }
    flush();
}

std::string million(std::int64_t rows)
{
    return std::to_string(rows / 1'000'000) + " M rows";
}

} // namespace

std::vector<BenchmarkRow> benchImportDelimited(bool quick)
{
    const std::int64_t rows = quick ? 1'000'000 : 20'000'000;
    const test::TemporaryFolder folder;
    const Path file = folder.path() / "ratings.csv";
    writeRatings(file, rows);
    const std::string shape
        = million(rows) + ", " + std::to_string(std::filesystem::file_size(file) >> 20) + " MB, one thread";
    std::vector<BenchmarkRow> result;
    // The whole way first, while the process has not yet held anything else: its peak memory is then its own.
    const auto begin = std::chrono::steady_clock::now();
    Progress progress;
    const auto dataset = importDataset(file, folder.path() / "dataset", "bench", {}, progress);
    const double imported = secondsSince(begin);
    const auto prepared = prepare(dataset, Protocol(), progress);
    const double ready = secondsSince(begin);
    const std::string memory = std::to_string(peakMemoryBytes() >> 20) + " MB peak";
    result.push_back({"import_delimited", shape + ": to a dataset folder", imported, 0, 0, "s", memory});
    result.push_back({"import_delimited", shape + ": to filtered and split sequences", ready, 0, 0, "s",
        memory + ", " + std::to_string(prepared->interactions()) + " events left by core:5"});
    result.push_back({"import_delimited", "1 M rows of ratings.dat.gz: to filtered and split sequences",
        secondsFromPackedToReady(folder.path()), 0, 0, "s", "one thread"});
    Columns fast, slow;
    result.insert(result.begin(),
        timeInterleaved(
            "import_delimited", shape + ": reader alone", "s", quick ? 15 : 5, [&] { readFast(file, fast); },
            [&] { readPlainly(file, slow); }, "std::getline + std::from_chars into the same four columns"));
    result.front().goal.ratio = 3.0;
    if (checksum(fast) != checksum(slow))
        throw Error(ErrorKind::Internal, "the two readers disagree", "report this as a bug");
    return result;
}

} // namespace recoscope
