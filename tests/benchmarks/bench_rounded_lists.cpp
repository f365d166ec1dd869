// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// From how many items on lists by four bits are faster than those by bytes, and whether either is where a request has
// many users: what RequestServer chooses by.
#include "engine/core/error.h"
#include "engine/kernels/int4_table.h"
#include "engine/kernels/quantised_table.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <algorithm>

namespace recoscope {

namespace {

class RoundedLists {
public:
    explicit RoundedLists(std::int64_t items)
        : m_items(items)
        , m_query(benchmarkValues(most * width, 1))
        , m_table(benchmarkValues(items * width, 2))
        , m_bytes(kernels::quantise(items, width, m_table.data()))
        , m_fours(kernels::roundToInt4(items, width, m_table.data()))
    {
    }

    BenchmarkRow oneQuery(bool quick)
    {
        return compare(
            1, quick, [&](const kernels::TopK& a) { kernels::topKInt8(a, m_bytes); },
            "baseline: the same list by bytes");
    }
    BenchmarkRow manyQueries(bool quick)
    {
        return compare(
            most, quick, [](const kernels::TopK& a) { kernels::topK(a); }, "baseline: the same lists by floats");
    }

private:
    static constexpr std::int64_t width = 64, k = 20, most = 16;

    struct Lists {
        std::vector<std::int32_t> ids = std::vector<std::int32_t>(most * k);
        std::vector<float> scores = std::vector<float>(most * k);
    };
    kernels::TopK request(std::int64_t queries, Lists& to) const
    {
        return {queries, m_items, width, k, m_query.data(), m_table.data(), nullptr, {}, {}, to.ids.data(),
            to.scores.data()};
    }

    template <class Other> BenchmarkRow compare(std::int64_t queries, bool quick, const Other& other, const char* note)
    {
        Lists ours, theirs;
        const kernels::TopK a = request(queries, ours), b = request(queries, theirs);
        const std::string shape = std::to_string(queries) + (queries == 1 ? " query x " : " queries x ")
            + std::to_string(m_items) + " items x D 64, top 20";
        const int calls = static_cast<int>(std::max<std::int64_t>(1, 400000 / (m_items * queries)));
        BenchmarkRow row = timeInterleaved(
            "top_k_rounded", shape, "ms", quick ? 5 : 30, [&] { kernels::topKInt4(a, m_fours); }, [&] { other(b); },
            note, calls);
        if (ours.ids != theirs.ids || ours.scores != theirs.scores)
            throw Error(ErrorKind::Internal, "lists by four bits differ", "compare the scores");
        return row;
    }

    std::int64_t m_items;
    std::vector<float> m_query, m_table;
    kernels::QuantisedTable m_bytes;
    kernels::Int4Table m_fours;
};

} // namespace

std::vector<BenchmarkRow> benchRoundedLists(bool quick)
{
    std::vector<BenchmarkRow> rows;
    for (const std::int64_t items : {10000, 20000, 50000, 100000, 200000, 1000000}) {
        if (quick && items > 100000)
            break;
        RoundedLists lists(items);
        rows.push_back(lists.oneQuery(quick));
        rows.push_back(lists.manyQueries(quick));
    }
    return rows;
}

} // namespace recoscope
