// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Full ranking and the list of one user, against LibTorch.
#include "engine/core/error.h"
#include "engine/kernels/bf16_table.h"
#include "engine/kernels/int4_table.h"
#include "engine/kernels/quantised_table.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>
#include <numeric>

namespace recoscope {

namespace {

at::Tensor view(std::vector<float>& values, at::IntArrayRef shape)
{
    return at::from_blob(values.data(), shape, at::kFloat);
}

// The top 20 of many queries, against matmul and topk in blocks.
// Reads all of it, and does next to nothing with it.
std::uint64_t readAll(const void* bytes, std::size_t size)
{
    const auto* at = static_cast<const char*>(bytes);
    std::uint64_t sums[8]{};
    for (std::size_t i = 0; i + 64 <= size; i += 64) {
        std::uint64_t words[8];
        std::memcpy(words, at + i, 64);
        for (int k = 0; k < 8; ++k)
            sums[k] += words[k];
    }
    return std::accumulate(std::begin(sums), std::end(sums), std::uint64_t{0});
}

BenchmarkRow manyQueries(
    const std::string& name, std::int64_t queries, std::int64_t items, std::int64_t block, int repeats)
{
    const std::int64_t width = 64, k = 20;
    std::vector<float> query = benchmarkValues(queries * width, 1), table = benchmarkValues(items * width, 2);
    std::vector<std::int32_t> ids(queries * k);
    std::vector<float> scores(queries * k);
    const at::Tensor tQuery = view(query, {queries, width}), tTable = view(table, {items, width}).t();
    at::Tensor lists = at::empty({queries, k}, at::kLong), values = at::empty({queries, k});
    BenchmarkRow row = timeInterleaved(
        name, std::to_string(queries) + " queries x " + std::to_string(items) + " items x D 64, top 20", "s", repeats,
        [&] {
            kernels::topK(
                {queries, items, width, k, query.data(), table.data(), nullptr, {}, {}, ids.data(), scores.data()});
        },
        [&] {
            for (std::int64_t first = 0; first < queries; first += block) {
                const std::int64_t count = std::min(block, queries - first);
                const auto best = at::topk(at::matmul(tQuery.narrow(0, first, count), tTable), k, 1);
                values.narrow(0, first, count).copy_(std::get<0>(best));
                lists.narrow(0, first, count).copy_(std::get<1>(best));
            }
        },
        "baseline: LibTorch matmul and topk in blocks of " + std::to_string(block) + " queries");
    std::int64_t same = 0;
    const auto* theirs = lists.const_data_ptr<std::int64_t>();
    for (std::int64_t u = 0; u < queries; ++u)
        same += std::equal(ids.begin() + u * k, ids.begin() + (u + 1) * k, theirs + u * k);
    // Where the lists differ, two scores must be as close as the rounding of a sum of 64 products.
    const double apart = (values - view(scores, {queries, k})).abs().max().item<double>();
    if (!(apart < 1e-4))
        throw Error(ErrorKind::Internal, name + ": the lists differ from those of LibTorch", "compare the scores");
    row.flop = 2.0 * static_cast<double>(queries * items * width);
    row.goal.ratio = 3.0;
    row.note += "; " + std::to_string(same) + " of " + std::to_string(queries)
        + " lists identical, scores place by place within " + std::to_string(apart * 1e6) + "e-6";
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchFullRanking(bool quick)
{
    return {manyQueries("full_ranking", quick ? 1024 : 22363, 12101, 1024, quick ? 3 : 5)};
}

std::vector<BenchmarkRow> benchTopKBatch(bool quick)
{
    return {manyQueries("top_k_batch", quick ? 64 : 1024, quick ? 100000 : 1000000, 64, 2)};
}

// One query over a million items: the floats, bytes, bfloat16 and four bits, each against LibTorch, reading and the
// floats.
std::vector<BenchmarkRow> benchTopKInt8(bool quick)
{
    const std::int64_t items = quick ? 100000 : 1000000, width = 64, k = 20;
    std::vector<float> query = benchmarkValues(width, 1), table = benchmarkValues(items * width, 2);
    const kernels::QuantisedTable bytes = kernels::quantise(items, width, table.data());
    const kernels::Int4Table fours = kernels::roundToInt4(items, width, table.data());
    const kernels::Bf16Table halves = kernels::roundToBf16(items, width, table.data());
    std::vector<std::int32_t> ids(k);
    std::vector<float> scores(k);
    const at::Tensor tQuery = view(query, {width}), tTable = view(table, {items, width});
    at::Tensor list;
    const auto baseline = [&] { list = std::get<1>(at::topk(at::mv(tTable, tQuery), k)); };
    const std::string shape = "1 query x " + std::to_string(items) + " items x D 64, top 20";
    const kernels::TopK a{1, items, width, k, query.data(), table.data(), nullptr, {}, {}, ids.data(), scores.data()};
    const auto same = [&] {
        return std::equal(ids.begin(), ids.end(), list.const_data_ptr<std::int64_t>()) ? "; same list"
                                                                                       : "; lists differ";
    };
    std::vector<BenchmarkRow> rows{timeInterleaved(
        "top_k_fp32", shape, "ms", quick ? 5 : 20, [&] { kernels::topK(a); }, baseline,
        "baseline: LibTorch mv and topk")};
    rows[0].note += same();
    rows[0].bytes = 4.0 * static_cast<double>(items * width);
    rows.push_back(timeInterleaved(
        "top_k_int8", shape, "ms", quick ? 5 : 20, [&] { kernels::topKInt8(a, bytes); }, baseline,
        "baseline: LibTorch mv and topk on floats"));
    rows[1].note += same();
    rows[1].bytes = static_cast<double>(items * width);
    rows.push_back(timeInterleaved(
        "top_k_bf16", shape, "ms", quick ? 5 : 20, [&] { kernels::topKBf16(a, halves); }, baseline,
        "baseline: LibTorch mv and topk on floats"));
    rows[2].note += same();
    rows[2].bytes = 2.0 * static_cast<double>(items * width);
    rows.push_back(timeInterleaved(
        "top_k_int4", shape, "ms", quick ? 5 : 20, [&] { kernels::topKInt4(a, fours); }, baseline,
        "baseline: LibTorch mv and topk on floats"));
    rows[3].note += same();
    rows[3].bytes = static_cast<double>(fours.lines.size() * sizeof(kernels::Int4Line));
    // The ratio is the share of the read bandwidth.
    volatile std::uint64_t kept = 0; // keeps the reading from being left out
    const auto againstReading = [&](const char* name, const std::function<void()>& ours, const void* from, double all) {
        rows.push_back(timeInterleaved(
            name, shape, "ms", quick ? 5 : 20, ours, [&] { kept = readAll(from, static_cast<std::size_t>(all)); },
            "baseline: reading the table once"));
        rows.back().bytes = all;
        rows.back().goal.ratio = 0.9;
    };
    againstReading(
        "top_k_fp32", [&] { kernels::topK(a); }, table.data(), rows[0].bytes);
    againstReading(
        "top_k_int8", [&] { kernels::topKInt8(a, bytes); }, bytes.codes.data(), rows[1].bytes);
    againstReading(
        "top_k_bf16", [&] { kernels::topKBf16(a, halves); }, halves.values.data(), rows[2].bytes);
    againstReading(
        "top_k_int4", [&] { kernels::topKInt4(a, fours); }, fours.lines.data(), rows[3].bytes);
    const auto againstFloats = [&](const char* name, const std::function<void()>& ours) {
        rows.push_back(timeInterleaved(
            name, shape, "ms", quick ? 5 : 20, ours, [&] { kernels::topK(a); }, "baseline: the same list by floats"));
    };
    againstFloats("top_k_int8", [&] { kernels::topKInt8(a, bytes); });
    againstFloats("top_k_bf16", [&] { kernels::topKBf16(a, halves); });
    againstFloats("top_k_int4", [&] { kernels::topKInt4(a, fours); });
    return rows;
}

std::vector<BenchmarkRow> benchTopK(bool quick)
{
    const std::int64_t items = 12101, width = 64, k = 10;
    std::vector<float> query = benchmarkValues(width, 1), table = benchmarkValues(items * width, 2);
    std::vector<float> bias = benchmarkValues(items, 3);
    const std::vector<std::int32_t> seen{3, 70, 800, 1234, 4000, 5005, 7777, 12000};
    const std::vector<std::int64_t> offsets{0, static_cast<std::int64_t>(seen.size())};
    std::vector<std::int32_t> ids(k);
    std::vector<float> scores(k);
    const at::Tensor tQuery = view(query, {width}), tTable = view(table, {items, width}), tBias = view(bias, {items});
    const at::Tensor tSeen = at::tensor(std::vector<std::int64_t>(seen.begin(), seen.end()));
    at::Tensor list;
    BenchmarkRow row = timeInterleaved(
        "top_k_fp32", "1 query x 12,101 items x D 64, bias, 8 seen, top 10", "us", quick ? 5 : 40,
        [&] {
            kernels::topK({1, items, width, k, query.data(), table.data(), bias.data(), offsets, seen, ids.data(),
                scores.data()});
        },
        [&] {
            at::Tensor s = at::addmv(tBias, tTable, tQuery);
            s.index_fill_(0, tSeen, -1e9);
            list = std::get<1>(at::topk(s, k));
        },
        "baseline: LibTorch addmv, mask and topk", 50);
    const auto* theirs = list.const_data_ptr<std::int64_t>();
    row.note += std::equal(ids.begin(), ids.end(), theirs) ? "; same list" : "; lists differ";
    row.goal.most = 60.0;
    return {row};
}

} // namespace recoscope
