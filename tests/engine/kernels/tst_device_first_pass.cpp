// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// When the lists of topKBf16() on a device are proven by the first pass, and when they come from the floats: told apart
// by a rounded table that lies about an item.
#include "tests/engine/kernels/emulated_device.h"
#include "tests/engine/kernels/shop.h"

namespace recoscope::kernels {
namespace {

// Host memory is the emulated device's.
template <class Arguments>
void runEmulated(std::int32_t (*operation)(const Arguments*, const DeviceCall*), const Arguments& a)
{
    std::int64_t needed = 0;
    DeviceCall call;
    call.workspaceNeeded = &needed;
    EXPECT_EQ(operation(&a, &call), 0);
    std::vector<char> workspace(needed + 256, static_cast<char>(0xFF));
    call.workspace = workspace.data() + (256 - reinterpret_cast<std::uintptr_t>(workspace.data()) % 256);
    call.workspaceBytes = needed;
    call.workspaceNeeded = nullptr;
    EXPECT_EQ(operation(&a, &call), 0);
}

struct Case {
    Shop shop;
    Bf16Table rounded;

    explicit Case(std::int64_t queries)
        : shop(queries, 1500, 40)
        , rounded(roundToBf16(shop.items, shop.width, shop.table.data()))
    {
        shop.bias.clear();
        shop.queries = queries;
        shop.query = Random(queries).normal(queries * shop.width);
    }
    // The first pass takes the item for one that nobody wants.
    void hide(std::int32_t item)
    {
        std::fill_n(rounded.values.begin() + item * rounded.stride, rounded.stride, Bfloat16{0});
    }

    Lists lists() const
    {
        Lists result;
        runEmulated(emulatedDevice()->topKBf16,
            TopKBf16Op{
                shop.arguments(result), rounded.values.data(), rounded.stride, rounded.longest, rounded.residual});
        return result;
    }
    Lists exact() const
    {
        Lists result;
        runEmulated(emulatedDevice()->topK, shop.arguments(result));
        return result;
    }
    bool same(std::int64_t query, const Lists& a, const Lists& b) const
    {
        const auto at = [&](const Lists& x) { return x.ids.begin() + query * shop.k; };
        return std::equal(at(a), at(a) + shop.k, at(b));
    }
};

TEST(DeviceFirstPass, AProvenListIsNotMadeOfTheFloats)
{
    Case c(1);
    const Lists exact = c.exact();
    EXPECT_EQ(c.lists().ids, exact.ids);
    EXPECT_TRUE(sameBytes(c.lists().scores, exact.scores));
    c.hide(exact.ids[0]);
    const Lists lists = c.lists();
    EXPECT_EQ(lists.ids[0], exact.ids[1]);
    EXPECT_EQ(lists.scores[0], exact.scores[1]);
    c.rounded.residual = 100.0f; // says that an item may be anywhere: nothing is proven
    EXPECT_EQ(c.lists().ids, exact.ids);
}

TEST(DeviceFirstPass, QueriesOfOneTileAreProvenOneByOne)
{
    Case c(40);
    std::fill_n(c.shop.query.begin() + 5 * c.shop.width, c.shop.width, 0.0f); // all items equal: never proven
    const Lists exact = c.exact();
    const std::int32_t hidden = exact.ids[3 * c.shop.k];
    c.hide(hidden);
    const Lists lists = c.lists();
    for (std::int64_t q = 0; q < c.shop.queries; ++q) {
        const auto list = exact.ids.begin() + q * c.shop.k;
        const bool lied = std::find(list, list + c.shop.k, hidden) != list + c.shop.k;
        EXPECT_EQ(c.same(q, lists, exact), !lied || q == 5) << q;
    }
}

TEST(DeviceFirstPass, FewerItemsThanAreWanted)
{
    Case c(3);
    c.shop.items = 7;
    c.rounded = roundToBf16(7, c.shop.width, c.shop.table.data());
    EXPECT_EQ(c.lists().ids, c.exact().ids);
    c.shop.items = 0;
    c.rounded = roundToBf16(0, c.shop.width, nullptr);
    EXPECT_EQ(c.lists().ids, std::vector<std::int32_t>(30, -1));
}

} // namespace
} // namespace recoscope::kernels
