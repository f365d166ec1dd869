// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// recoscope-bench-faiss top_k_faiss [--quick]: the list of one user over a million items, by floats, by bytes
// and by four bits, against faiss's exhaustive index on the same vectors. Prints {"rows": [...]} as `recoscope-cli
// bench --json` does; a list that differs is an error.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include <faiss/IndexFlat.h>
#include <omp.h>

#include "engine/core/error.h"
#include "engine/kernels/int4_table.h"
#include "engine/kernels/quantised_table.h"
#include "tests/benchmarks/baseline_threads.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/row_json.h"

namespace recoscope {

int baselineThreads()
{
    return omp_get_max_threads();
}

void setBaselineThreads(int count)
{
    omp_set_num_threads(count);
}

namespace {

class TopKAgainstFaiss {
public:
    explicit TopKAgainstFaiss(bool quick)
        : m_items(quick ? 100000 : 1000000)
        , m_repeats(quick ? 5 : 30)
        , m_query(benchmarkValues(width, 1))
        , m_table(benchmarkValues(m_items * width, 2))
        , m_index(width)
    {
        m_index.add(m_items, m_table.data());
    }

    std::vector<BenchmarkRow> run()
    {
        const kernels::TopK a{
            1, m_items, width, k, m_query.data(), m_table.data(), nullptr, {}, {}, m_ids.data(), m_scores.data()};
        const kernels::QuantisedTable bytes = kernels::quantise(m_items, width, m_table.data());
        const auto floats = [&] { kernels::topK(a); };
        const kernels::Int4Table fours = kernels::roundToInt4(m_items, width, m_table.data());
        const auto codes = [&] { kernels::topKInt8(a, bytes); };
        return {againstFaiss("top_k_fp32", floats), againstFaiss("top_k_int8", codes),
            againstFaiss("top_k_int4", [&] { kernels::topKInt4(a, fours); })};
    }

private:
    static constexpr std::int64_t width = 64, k = 20;

    std::string shape() const { return "1 query x " + std::to_string(m_items) + " items x D 64, top 20"; }

    BenchmarkRow againstFaiss(const std::string& name, const std::function<void()>& ours)
    {
        std::fill(m_ids.begin(), m_ids.end(), -1);
        BenchmarkRow row = timeInterleaved(
            name, shape(), "ms", m_repeats, ours,
            [&] { m_index.search(1, m_query.data(), k, m_distances.data(), m_labels.data()); },
            "baseline: faiss IndexFlatIP; identical lists");
        if (!std::equal(m_ids.begin(), m_ids.end(), m_labels.begin()))
            throw Error(
                ErrorKind::Internal, name + ": the lists differ from those of faiss", "look at near ties first");
        if (name == "top_k_int8")
            row.goal = {.ratio = 15.0,
                .unmet = "reading the bytes once takes as long: they are a quarter of the floats, not a fifteenth"};
        if (name == "top_k_int4")
            row.goal.ratio = 15.0;
        return row;
    }

    std::int64_t m_items;
    int m_repeats;
    std::vector<float> m_query, m_table;
    faiss::IndexFlatIP m_index;
    std::vector<std::int32_t> m_ids = std::vector<std::int32_t>(k);
    std::vector<float> m_scores = std::vector<float>(k), m_distances = std::vector<float>(k);
    std::vector<faiss::Index::idx_t> m_labels = std::vector<faiss::Index::idx_t>(k);
};

} // namespace

} // namespace recoscope

int main(int argc, char** argv)
{
    using namespace recoscope;
    if (argc < 2 || std::strcmp(argv[1], "top_k_faiss") != 0) {
        std::fprintf(stderr, "usage: recoscope-bench-faiss top_k_faiss [--quick]\n");
        return 2;
    }
    try {
        const bool quick = argc > 2 && std::strcmp(argv[2], "--quick") == 0;
        std::printf("%s\n", rowsJson(TopKAgainstFaiss(quick).run()).dump(2).c_str());
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
