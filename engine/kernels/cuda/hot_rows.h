// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Rows of a table in the host's memory that come to slots of a cache on the device. The rows of a batch are sorted once
// to find the distinct ones and once more by set; then a thread decides for each set, and a block moves each row that
// is not there. The rows that make room and the rows that come cross the bus in the same pass, one in each direction.
#pragma once

#include "engine/kernels/cuda/sort.h"
#include "engine/kernels/hot_rows_ops.h"

namespace recoscope::kernels::cuda {

constexpr std::int32_t noRow = -1;

// The distinct rows of a batch: `rank` [count] of the row at each place of `sorted`, `rows` [count] ascending, with
// tableRows past the last.
struct DistinctRows {
    SortedEntries sorted;
    std::int64_t tableRows;
    std::int32_t *rank, *rows;

    RECOSCOPE_DEVICE bool begins(std::int64_t place) const
    {
        return sorted.keys[place] < tableRows && (place == 0 || sorted.keys[place - 1] != sorted.keys[place]);
    }
    RECOSCOPE_DEVICE bool known(std::int64_t place) const { return sorted.keys[place] < tableRows; }
};

struct FindBegins {
    DistinctRows d;

    RECOSCOPE_DEVICE void operator()(std::int64_t place) const
    {
        d.rank[place] = d.begins(place);
        d.rows[place] = static_cast<std::int32_t>(d.tableRows);
    }
};

// Ranks count the rows that begin before a place; after this, that of the row at the place itself.
struct PlaceRows {
    DistinctRows d;

    RECOSCOPE_DEVICE void operator()(std::int64_t place) const
    {
        if (d.begins(place))
            d.rows[d.rank[place]] = d.sorted.keys[place];
        else
            --d.rank[place];
    }
};

struct SetOfRow {
    const std::int32_t* rows;
    std::int64_t tableRows, sets;
    std::int32_t* set;

    RECOSCOPE_DEVICE void operator()(std::int64_t i) const
    {
        set[i] = static_cast<std::int32_t>(rows[i] < tableRows ? rows[i] % sets : sets);
    }
};

// What one set, or all of them, have to do.
struct SetPlan {
    std::int64_t rows, hits, evicted, held, crowded; // crowded: the set, or `sets` when it is not
};

// What is planned before anything changes. `slot` and `evicted` belong to the distinct rows; evicted is noRow where
// none makes room, and present where the row is in the cache.
struct AdmissionPlan {
    static constexpr std::int32_t present = -2;

    AdmitRows a;
    DistinctRows distinct;
    SortedEntries bySet; // entries: places in distinct.rows
    std::int32_t *slot, *evicted; // [count]
    SetPlan *ofSets, *total; // [sets], [1]

    RECOSCOPE_DEVICE bool refused() const { return total->crowded < a.cache.sets || outside() > 0; }
    RECOSCOPE_DEVICE std::int64_t outside() const
    {
        const SortedEntries& s = distinct.sorted;
        return s.count - begin(s, a.cache.tableRows);
    }
    // The first place whose key is not below `key`.
    static RECOSCOPE_DEVICE std::int64_t begin(const SortedEntries& s, std::int64_t key)
    {
        std::int64_t low = 0, high = s.count;
        while (low < high) {
            const std::int64_t middle = low + (high - low) / 2;
            if (s.keys[middle] < key)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
};

struct PlanSet {
    AdmissionPlan p;

    RECOSCOPE_DEVICE void operator()(std::int64_t set) const
    {
        const std::int64_t begin = AdmissionPlan::begin(p.bySet, set), end = AdmissionPlan::begin(p.bySet, set + 1);
        const HotRowsCache& cache = p.a.cache;
        SetPlan plan{end - begin, 0, 0, 0, cache.sets};
        std::uint64_t taken = 0; // a bit for each way
        for (std::int64_t i = begin; i < end; ++i)
            if (const std::int64_t way = wayOf(set, rowAt(i)); way >= 0) {
                taken |= std::uint64_t(1) << way;
                ++plan.hits;
                decide(i, set * cache.ways + way, AdmissionPlan::present);
            }
        for (std::int64_t way = 0; way < cache.ways && end > begin; ++way) {
            const std::int64_t slot = set * cache.ways + way;
            if ((taken >> way & 1) == 0 && cache.rowOf[slot] != noRow && cache.lastBatch[slot] >= p.a.heldFrom) {
                taken |= std::uint64_t(1) << way;
                ++plan.held;
            }
        }
        if (plan.rows + plan.held > cache.ways)
            plan.crowded = set;
        for (std::int64_t i = begin; i < end && plan.crowded != set; ++i)
            if (p.evicted[p.bySet.entries[i]] != AdmissionPlan::present) {
                const std::int64_t way = oldestWay(set, taken), slot = set * cache.ways + way;
                taken |= std::uint64_t(1) << way;
                plan.evicted += cache.rowOf[slot] != noRow;
                decide(i, slot, cache.rowOf[slot]);
            }
        p.ofSets[set] = plan;
    }

private:
    RECOSCOPE_DEVICE std::int32_t rowAt(std::int64_t i) const { return p.distinct.rows[p.bySet.entries[i]]; }
    RECOSCOPE_DEVICE void decide(std::int64_t i, std::int64_t slot, std::int32_t evicted) const
    {
        p.slot[p.bySet.entries[i]] = static_cast<std::int32_t>(slot);
        p.evicted[p.bySet.entries[i]] = evicted;
    }
    RECOSCOPE_DEVICE std::int64_t wayOf(std::int64_t set, std::int32_t row) const
    {
        for (std::int64_t way = 0; way < p.a.cache.ways; ++way)
            if (p.a.cache.rowOf[set * p.a.cache.ways + way] == row)
                return way;
        return -1;
    }
    RECOSCOPE_DEVICE std::int64_t oldestWay(std::int64_t set, std::uint64_t taken) const
    {
        const HotRowsCache& cache = p.a.cache;
        std::int64_t best = -1, oldest = 0;
        for (std::int64_t way = 0; way < cache.ways; ++way) {
            const std::int64_t slot = set * cache.ways + way;
            const std::int64_t used = cache.rowOf[slot] == noRow ? -1 : cache.lastBatch[slot];
            if ((taken >> way & 1) == 0 && (best < 0 || used < oldest)) {
                best = way;
                oldest = used;
            }
        }
        return best;
    }
};

// Sums over the sets and the first crowded one; one block. Then what the host reads.
struct SumPlans {
    static constexpr int threads = blockThreads;
    static constexpr std::int64_t sharedBytes = threads * sizeof(SetPlan);

    AdmissionPlan p;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        auto* sums = reinterpret_cast<SetPlan*>(block.shared());
        const std::int64_t sets = p.a.cache.sets;
        block.phase([&](int t) {
            SetPlan sum{0, 0, 0, 0, sets};
            for (std::int64_t set = t; set < sets; set += threads)
                add(sum, p.ofSets[set]);
            sums[t] = sum;
        });
        block.phase([&](int t) {
            if (t != 0)
                return;
            SetPlan sum = sums[0];
            for (int other = 1; other < threads; ++other)
                add(sum, sums[other]);
            *p.total = sum;
            const bool crowded = sum.crowded < sets;
            *p.a.summary = {sum.rows, sum.hits, sum.evicted, p.outside(), crowded ? sum.crowded : -1,
                crowded ? p.ofSets[sum.crowded].rows : 0, crowded ? p.ofSets[sum.crowded].held : 0};
        });
    }

private:
    static RECOSCOPE_DEVICE void add(SetPlan& sum, const SetPlan& one)
    {
        sum.rows += one.rows;
        sum.hits += one.hits;
        sum.evicted += one.evicted;
        sum.crowded = smaller(sum.crowded, one.crowded);
    }
};

// A row between table and cache.
RECOSCOPE_DEVICE void moveRow(const OptimisedRows& from, std::int64_t row, const OptimisedRows& to, std::int64_t target,
    std::int64_t width, int t)
{
    for (std::int64_t d = t; d < width; d += blockThreads) {
        const std::int64_t source = row * width + d, at = target * width + d;
        to.parameter[at] = from.parameter[source];
        to.firstMoment[at] = from.firstMoment[source];
        to.secondMoment[at] = from.secondMoment[source];
    }
    if (t == 0)
        to.rowSteps[target] = from.rowSteps[row];
}

// A block for each distinct row. Each number of a slot is written back and replaced by one thread.
struct MoveRows {
    static constexpr int threads = blockThreads;

    AdmissionPlan p;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t i = block.index(), row = p.distinct.rows[i];
        if (p.refused() || row >= p.a.cache.tableRows)
            return;
        const HotRowsCache& cache = p.a.cache;
        const std::int64_t slot = p.slot[i], evicted = p.evicted[i];
        block.phase([&](int t) {
            if (evicted >= 0)
                moveRow(cache.cached, slot, cache.table, evicted, cache.width, t);
            if (evicted != AdmissionPlan::present)
                moveRow(cache.table, row, cache.cached, slot, cache.width, t);
            if (t == 0) {
                cache.rowOf[slot] = static_cast<std::int32_t>(row);
                cache.lastBatch[slot] = p.a.batch;
            }
        });
    }
};

struct TellSlots {
    AdmissionPlan p;

    RECOSCOPE_DEVICE void operator()(std::int64_t place) const
    {
        const DistinctRows& d = p.distinct;
        const bool refused = p.refused();
        p.a.slotOf[d.sorted.entries[place]] = refused ? noRow : p.slot[d.rank[place]];
        p.a.slots[place] = refused || d.rows[place] >= d.tableRows ? noRow : p.slot[place];
    }
};

template <class Launcher> DistinctRows distinctRows(Launcher& launcher, const AdmitRows& a)
{
    const std::int64_t count = a.count;
    const DistinctRows d{sortEntries(launcher, a.indices, count, a.cache.tableRows), a.cache.tableRows,
        launcher.template temporary<std::int32_t>(count), launcher.template temporary<std::int32_t>(count)};
    forEach(launcher, count, FindBegins{d});
    launcher.launch(ExclusiveSums{d.rank, count}, 1, ExclusiveSums::sharedBytes);
    forEach(launcher, count, PlaceRows{d});
    return d;
}

template <class Launcher> void admitRows(Launcher& launcher, const AdmitRows& a)
{
    const std::int64_t count = a.count, sets = a.cache.sets;
    const DistinctRows distinct = distinctRows(launcher, a);
    std::int32_t* set = launcher.template temporary<std::int32_t>(count);
    forEach(launcher, count, SetOfRow{distinct.rows, a.cache.tableRows, sets, set});
    const AdmissionPlan plan{a, distinct, sortEntries(launcher, set, count, sets),
        launcher.template temporary<std::int32_t>(count), launcher.template temporary<std::int32_t>(count),
        launcher.template temporary<SetPlan>(sets), launcher.template temporary<SetPlan>(1)};
    forEach(launcher, count, Fill<std::int32_t>{plan.evicted, noRow});
    forEach(launcher, sets, PlanSet{plan});
    launcher.launch(SumPlans{plan}, 1, SumPlans::sharedBytes);
    launcher.launch(MoveRows{plan}, count, 0);
    forEach(launcher, count, TellSlots{plan});
}

// A block for each slot.
struct WriteBackKernel {
    static constexpr int threads = blockThreads;

    HotRowsCache cache;

    template <class Block> RECOSCOPE_DEVICE void run(Block& block) const
    {
        const std::int64_t slot = block.index(), row = cache.rowOf[slot];
        block.phase([&](int t) {
            if (row != noRow)
                moveRow(cache.cached, slot, cache.table, row, cache.width, t);
        });
    }
};

template <class Launcher> void writeBackRows(Launcher& launcher, const WriteBackRows& a)
{
    launcher.launch(WriteBackKernel{a.cache}, a.cache.slots(), 0);
}

} // namespace recoscope::kernels::cuda
