// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Random queries and items for lists from tables of rounded items, which are those of the floats bit for bit.
#pragma once

#include "engine/kernels/bf16_table.h"
#include "engine/kernels/int4_table.h"
#include "engine/kernels/quantised_table.h"
#include "tests/engine/kernels/kernel_test.h"

namespace recoscope::kernels {

struct Lists {
    std::vector<std::int32_t> ids;
    Floats scores;
};

struct Shop {
    std::int64_t queries = 3, items = 0, width = 0, k = 10;
    Floats query, table, bias;
    std::vector<std::int64_t> offsets;
    std::vector<std::int32_t> seen;

    Shop(std::uint64_t seed, std::int64_t n, std::int64_t d)
        : items(n)
        , width(d)
    {
        Random random(seed);
        query = random.normal(queries * d);
        table = random.normal(n * d);
        bias = random.normal(n);
    }
    TopK arguments(Lists& out) const
    {
        out.ids.assign(queries * k, -7);
        out.scores.assign(queries * k, 0.0f);
        return {queries, items, width, k, query.data(), table.data(), bias.empty() ? nullptr : bias.data(), offsets,
            seen, out.ids.data(), out.scores.data()};
    }
    void expectTheExactLists(const std::string& what) const
    {
        const Settings settings;
        for (const Path path : availablePaths()) {
            forcePath(path);
            Lists exact, fours, bytes, halves;
            topK(arguments(exact));
            topKInt4(arguments(fours), roundToInt4(items, width, table.data()));
            topKInt8(arguments(bytes), quantise(items, width, table.data()));
            topKBf16(arguments(halves), roundToBf16(items, width, table.data()));
            const std::pair<const char*, const Lists&> made[]{{"int4", fours}, {"int8", bytes}, {"bf16", halves}};
            for (const auto& [kind, lists] : made) {
                const std::string where = what + ", " + kind + " on " + pathName(path);
                EXPECT_EQ(lists.ids, exact.ids) << where;
                EXPECT_TRUE(sameBytes(lists.scores, exact.scores)) << where;
            }
        }
    }
};

} // namespace recoscope::kernels
