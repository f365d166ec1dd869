// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/checks.h"
#include "engine/kernels/hot_rows_ops.h"

#include <limits>

namespace recoscope::kernels {

namespace {

constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();

void checkRows(const Checks& check, const OptimisedRows& rows, const char* argument)
{
    check.require(rows.parameter && rows.firstMoment && rows.secondMoment && rows.rowSteps, argument,
        "has no parameter, firstMoment, secondMoment or rowSteps");
}

void checkCache(const Checks& check, const HotRowsCache& c)
{
    check.positive(c.tableRows, "tableRows");
    check.require(c.tableRows <= most, "tableRows", "exceeds 2^31 - 1");
    check.positive(c.width, "width");
    check.positive(c.sets, "sets");
    check.positive(c.ways, "ways");
    check.require(c.ways <= HotRowsCache::mostWays, "ways", "exceeds 64");
    check.require(c.sets <= most / c.ways, "sets", "times ways exceeds 2^31 - 1");
    checkRows(check, c.table, "table");
    checkRows(check, c.cached, "cached");
    check.pointers({{c.rowOf, "rowOf"}, {c.lastBatch, "lastBatch"}});
}

} // namespace

bool checkArguments(const AdmitRows& a)
{
    const Checks check("admitRows");
    checkCache(check, a.cache);
    check.size(a.count, "count");
    check.require(a.count <= most, "count", "exceeds 2^31 - 1");
    check.positive(a.heldFrom, "heldFrom");
    check.require(a.heldFrom <= a.batch, "heldFrom", "is a later batch than `batch`");
    check.pointer(a.summary, "summary");
    if (a.count > 0)
        check.pointers({{a.indices, "indices"}, {a.slotOf, "slotOf"}, {a.slots, "slots"}});
    return true;
}

bool checkArguments(const WriteBackRows& a)
{
    checkCache(Checks("writeBackRows"), a.cache);
    return true;
}

} // namespace recoscope::kernels
