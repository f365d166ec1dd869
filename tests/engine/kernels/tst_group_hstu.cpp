// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HSTU attention on bfloat16 by products of warp groups: against the equations in double precision, against the path by
// fragments, the same bytes when repeated backwards, and what it leaves to fragments.
#include "engine/kernels/cuda/hstu_tensor.h"
#include "tests/engine/kernels/emulated_launcher.h"
#include "tests/engine/kernels/plain_hstu.h"

#include <cstdlib>

namespace recoscope::kernels {
namespace {

constexpr double halfStep = 0x1p-8; // of the rounding to bfloat16, relative

// Rows on 16 bytes.
HstuBf16Case alignedCase(const HstuCase& floats)
{
    return HstuBf16Case(floats, (8 - floats.rowStride() % 8) % 8);
}

Floats forward(const HstuBf16Case& c, bool byGroups)
{
    Bf16s output;
    const HstuAttentionBf16Forward a = c.arguments(output);
    EXPECT_TRUE(cuda::suitsGroups(a));
    std::fill(output.begin(), output.end(), Bfloat16{0xFFFF});
    DeviceCall call;
    call.offsets = c.floats.offsets.data();
    if (!byGroups)
        setenv("RECOSCOPE_WGMMA", "off", 1);
    HostLauncher launcher(call);
    cuda::hstuAttentionBf16Forward(launcher, a);
    unsetenv("RECOSCOPE_WGMMA");
    return widened(output);
}

TEST(GroupHstu, RoundsWeightsAndResultsAndNothingElse)
{
    const std::vector<std::int64_t> lengths{0, 1, 2, 3, 15, 16, 17, 0, 31, 33, 63, 64, 65, 127, 129, 200, 0};
    for (const auto& [queryDim, valueDim] :
        {std::pair<std::int64_t, std::int64_t>{64, 64}, {64, 128}, {128, 64}, {128, 128}})
        for (const bool biases : {true, false}) {
            const HstuBf16Case c = alignedCase(HstuCase(queryDim + valueDim, 2, queryDim, valueDim, lengths, biases));
            const PlainHstu plain(c.floats, false);
            const Floats groups = forward(c, true), fragments = forward(c, false);
            for (std::size_t i = 0; i < groups.size(); ++i) {
                const double exact = plain.output.values[i];
                ASSERT_NEAR(groups[i], exact,
                    1.01 * halfStep * std::fabs(exact) + 1.01 * halfStep * plain.output.sizes[i] + 1e-6)
                    << queryDim << ' ' << valueDim << " at " << i;
                ASSERT_NEAR(
                    groups[i], fragments[i], 2.02 * halfStep * std::fabs(exact) + 1e-3 * plain.output.sizes[i] + 1e-6)
                    << queryDim << ' ' << valueDim << " at " << i;
            }
            EXPECT_TRUE(sameBytes(forward(c, true), forward(c, true))); // one of them backwards
        }
}

TEST(GroupHstu, RowsThatAreKeysAloneAreNotComputed)
{
    HstuCase some(5, 2, 64, 64, {0, 1, 2, 63, 64, 65, 70, 130, 200}, true);
    const HstuCase all = some;
    some.firstQueries = {0, 1, 1, 63, 30, 64, 0, 129, 100};
    EXPECT_TRUE(sameBytes(forward(alignedCase(some), true),
        onlyAsking(forward(alignedCase(all), true), some.offsets, some.firstQueries, all.heads * all.valueDim)));
}

TEST(GroupHstu, WhatItDoesNotSuit)
{
    Bf16s output;
    const HstuBf16Case c = alignedCase(HstuCase(1, 2, 64, 128, {3, 4}, false));
    const HstuAttentionBf16Forward good = c.arguments(output);
    EXPECT_TRUE(cuda::suitsGroups(good));
    const auto suits = [&](auto change) {
        HstuAttentionBf16Forward a = good;
        change(a);
        return cuda::suitsGroups(a);
    };
    using A = HstuAttentionBf16Forward;
    EXPECT_FALSE(suits([](A& a) { a.shape.queryDim = 32; }));
    EXPECT_FALSE(suits([](A& a) { a.shape.valueDim = 96; }));
    EXPECT_FALSE(suits([](A& a) { a.shape.rowStride += 4; }));
    EXPECT_FALSE(suits([](A& a) { ++a.key; }));
    EXPECT_FALSE(suits([](A& a) { ++a.output; }));
    const std::vector<std::int64_t> nothing{0, 0};
    EXPECT_FALSE(suits([&](A& a) { a.shape.offsets = nothing; }));
}

} // namespace
} // namespace recoscope::kernels
