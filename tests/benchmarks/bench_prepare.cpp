// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// From the arrays of a dataset to filtered sequences with a split: 20 million generated rows, iterated 5-core,
// leave-one-out, one thread. The baseline is what a data frame does: rows in a list, counted by hash map and copied
// pass by pass, then sorted. Both give the same counts, which is checked.

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "engine/core/error.h"
#include "engine/data/generator.h"
#include "engine/data/generator_process.h"
#include "engine/data/prepared.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

namespace {

constexpr std::int32_t coreCount = 5;

struct Rows {
    std::vector<std::int32_t> users, items;
    std::vector<std::int64_t> times, order, offsets{0};

    InteractionView view() const { return {users, items, times, {}, order, offsets}; }
};

Rows generateRows(bool quick)
{
    Json parameters;
    for (const GeneratorPreset& preset : generatorPresets()) {
        if (preset.name == "large")
            parameters = preset.parameters;
    }
    if (quick) {
        parameters["users"] = 20000;
        parameters["items"] = 20000;
    }
    const PlantedProcess process(generatorSchema().validate(parameters), 1);
    Rows rows;
    for (std::int32_t user = 0; user < process.users(); ++user) {
        for (const GeneratedEvent& event : process.sequence(user)) {
            rows.users.push_back(user);
            rows.items.push_back(event.item);
            rows.times.push_back(event.time * 1000);
            rows.order.push_back(static_cast<std::int64_t>(rows.order.size()));
        }
        rows.offsets.push_back(static_cast<std::int64_t>(rows.items.size()));
    }
    return rows;
}

struct PlainRow {
    std::int32_t user, item;
    std::int64_t time;
};

// Rows left, sorted; the split is then the last two rows of each user.
std::vector<PlainRow> plainCore(const Rows& rows)
{
    std::vector<PlainRow> table;
    for (std::size_t row = 0; row < rows.items.size(); ++row)
        table.push_back({rows.users[row], rows.items[row], rows.times[row]});
    for (std::size_t before = 0; before != table.size();) {
        before = table.size();
        std::unordered_map<std::int32_t, std::int32_t> users, items;
        for (const PlainRow& row : table) {
            ++users[row.user];
            ++items[row.item];
        }
        std::vector<PlainRow> kept;
        for (const PlainRow& row : table) {
            if (users[row.user] >= coreCount && items[row.item] >= coreCount)
                kept.push_back(row);
        }
        table = std::move(kept);
    }
    std::stable_sort(table.begin(), table.end(),
        [](const PlainRow& a, const PlainRow& b) { return a.user != b.user ? a.user < b.user : a.time < b.time; });
    return table;
}

template <class Work> double secondsOf(Work work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

} // namespace

std::vector<BenchmarkRow> benchPrepare(bool quick)
{
    const Rows rows = generateRows(quick);
    Protocol protocol;
    protocol.set("filter", "core:" + std::to_string(coreCount));
    Progress progress;
    BenchmarkRow result;
    std::shared_ptr<const PreparedData> data;
    std::size_t baselineRows = 0;
    result.name = "prepare";
    result.ours = secondsOf([&] { data = prepareInteractions(rows.view(), {}, protocol, progress); });
    result.baseline = secondsOf([&] { baselineRows = plainCore(rows).size(); });
    if (static_cast<std::int64_t>(baselineRows) != data->interactions())
        throw Error(ErrorKind::Internal, "the two filters disagree", "run the tests of prepare()");
    result.ratio = result.baseline / result.ours;
    result.unit = "s";
    result.shape = std::to_string(rows.items.size()) + " rows, " + std::to_string(data->interactions()) + " left";
    result.note = "iterated 5-core, leave-one-out, one thread; baseline: hash maps and copies, pass by pass";
    return {result};
}

} // namespace recoscope
