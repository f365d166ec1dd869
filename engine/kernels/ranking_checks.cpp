// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/ranking_checks.h"

#include "engine/kernels/argument_checks.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace recoscope::kernels {

void checkTop(const Checks& check, const TopK& a)
{
    check.size(a.queries, "queries");
    check.size(a.items, "items");
    check.require(a.items <= std::numeric_limits<std::int32_t>::max(), "items", "exceeds 2^31 - 1");
    check.positive(a.width, "width");
    check.size(a.k, "k");
    if (a.queries == 0)
        return;
    check.pointer(a.query, "query");
    if (a.items > 0)
        check.pointer(a.table, "table");
    if (a.k > 0) {
        check.pointer(a.ids, "ids");
        check.pointer(a.scores, "scores");
        check.apart({a.scores, a.queries * a.k, "scores"},
            {{a.query, a.queries * a.width, "query"}, {a.table, a.items * a.width, "table"},
                {a.bias, a.items, "bias"}});
    }
    if (!a.seenOffsets.empty())
        check.require(static_cast<std::int64_t>(a.seenOffsets.size()) == a.queries + 1, "seenOffsets",
            "must have queries + 1 entries");
}

bool checkArguments(const TopK& a)
{
    checkTop(Checks("topK"), a);
    return a.queries > 0 && a.k > 0;
}

bool checkArguments(const TopKBf16Op& op)
{
    const Checks check("topKBf16");
    checkTop(check, op.top);
    check.require(op.stride >= op.top.width, "stride", "is smaller than width");
    if (op.top.queries == 0 || op.top.k == 0)
        return false;
    if (op.top.items > 0)
        check.pointer(op.rounded, "rounded");
    return true;
}

bool checkArguments(const RankTargets& a)
{
    const Checks check("rankTargets");
    checkTop(check, a.top);
    if (a.top.queries == 0)
        return false;
    check.pointers({{a.targets, "targets"}, {a.greater, "greater"}, {a.equal, "equal"}, {a.equalBefore, "equalBefore"},
        {a.targetScore, "targetScore"}});
    return true;
}

bool checkArguments(const ScoreAllOp& a)
{
    const Checks check("scoreAll");
    check.size(a.items, "items");
    check.positive(a.width, "width");
    if (a.items == 0)
        return false;
    check.pointers({{a.query, "query"}, {a.table, "table"}, {a.scores, "scores"}});
    check.apart({a.scores, a.items, "scores"},
        {{a.query, a.width, "query"}, {a.table, a.items * a.width, "table"}, {a.bias, a.items, "bias"}});
    return true;
}

void checkContents(const char* operation, const TopK& a)
{
    if (a.seenOffsets.empty() || a.queries == 0)
        return;
    const Checks check(operation);
    check.offsets(a.seenOffsets, "seenOffsets");
    check.require(a.seenOffsets.back() <= static_cast<std::int64_t>(a.seen.size()), "seenOffsets",
        "reaches past the end of seen");
    check.indices(a.seen.data(), a.seenOffsets.back(), a.items, "seen");
    for (std::int64_t q = 0; q < a.queries; ++q) {
        const auto list = a.seen.subspan(a.seenOffsets[q], a.seenOffsets[q + 1] - a.seenOffsets[q]);
        check.require(std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end(), "seen",
            "must ascend without repeats within a query");
    }
}

void checkContents(const RankTargets& a)
{
    checkContents("rankTargets", a.top);
    Checks("rankTargets").indices(a.targets, a.top.queries, a.top.items, "targets");
}

} // namespace recoscope::kernels
