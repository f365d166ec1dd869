// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The run store at the size of a busy year: 10,000 runs, and per-user results of two runs among many. The baseline is
// the same question asked in plain SQL with a join, on the same file.

#include <chrono>

#include "engine/core/random.h"
#include "engine/core/sqlite.h"
#include "engine/store/store.h"
#include "tests/benchmarks/registry.h"
#include "tests/temporary_folder.h"

namespace recoscope {

namespace {

constexpr int k = 10, shown = 100;

template <class Work> double secondsOf(Work work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

RunRecord runNumber(int number)
{
    RunRecord run;
    run.id = "20261121-000000-" + std::to_string(100000 + number);
    run.name = "sasrec dimension=" + std::to_string(number % 7 * 16);
    run.dataset = "beauty";
    run.datasetHash = "0";
    run.model = number % 2 ? "sasrec" : "lrurec";
    run.parameters = {{"dimension", number % 7 * 16}, {"dropout", 0.5}, {"epochs", 200}, {"learning_rate", 1e-3}};
    run.protocol = {{"filter", "core:5"}, {"mask_seen", "history"}, {"max_length", 50}};
    run.environment = {{"threads", 2}, {"device", "cpu"}};
    run.status = RunStatus::Running;
    run.created = "2026-11-21T00:00:00Z";
    run.tags = {"sweep"};
    for (const char* name : {"hr@1", "hr@10", "mrr", "ndcg@10", "ndcg@20"}) {
        run.valid[name] = 0.1;
        run.test[name] = 0.1;
        run.testHalfWidth[name] = 0.01;
    }
    return run;
}

std::vector<UserResult> results(int users, std::uint64_t seed)
{
    RandomStream random(seed, "ranks");
    std::vector<UserResult> rows;
    for (int user = 0; user < users; ++user)
        rows.push_back({user, static_cast<std::int32_t>(random.below(12101)), 1.0 + double(random.below(200)),
            static_cast<std::int64_t>(random.below(50)), static_cast<std::int64_t>(random.below(400))});
    return rows;
}

double joinSeconds(const Path& file)
{
    Database database(file, Database::Mode::ReadWrite);
    return secondsOf([&] {
        Statement query(database,
            "SELECT a.user, (CASE WHEN b.rank <= 10 THEN 1 / log2(b.rank + 1) ELSE 0 END) - (CASE WHEN "
            "a.rank <= 10 THEN 1 / log2(a.rank + 1) ELSE 0 END) AS d FROM user_metrics a JOIN user_metrics "
            "b USING (part, user) WHERE a.run = 1 AND b.run = 2 AND part = 2 ORDER BY abs(d) DESC LIMIT "
            "100");
        while (query.step()) { }
    });
}

} // namespace

std::vector<BenchmarkRow> benchStore(bool quick);

std::vector<BenchmarkRow> benchStore(bool quick)
{
    const int runs = quick ? 1000 : 10'000, users = quick ? 20'000 : 100'000, filled = quick ? 4 : 100;
    const test::TemporaryFolder folder;
    const Path file = folder / "recoscope.db";
    std::vector<BenchmarkRow> rows;
    {
        Store store(file);
        for (int i = 0; i < runs; ++i)
            store.putRun(runNumber(i));
        const std::string many = std::to_string(runs) + " runs";
        const double listing = secondsOf([&] { store.runs(); });
        rows.push_back({"store_list_runs", many, listing * 1e3, 0, 0, "ms", "whole records, metrics and tags"});
        double writing = 0;
        for (int i = 0; i < filled; ++i) {
            const auto some = results(users, static_cast<std::uint64_t>(i));
            writing += secondsOf([&] {
                store.putUserMetrics(runNumber(i).id, SplitPart::Test, some);
                store.flush();
            });
        }
        const std::string total = std::to_string(std::int64_t(users) * filled) + " rows";
        rows.push_back({"store_put_users", total, writing, 0, 0, "s", std::to_string(filled) + " runs"});
        const double differences
            = secondsOf([&] { store.topDifferences(runNumber(0).id, runNumber(1).id, SplitPart::Test, k, shown); });
        const double join = joinSeconds(file);
        rows.push_back({"store_top_differences", std::to_string(users) + " users of " + total, differences * 1e3,
            join * 1e3, join / differences, "ms", "baseline: SQL join with ORDER BY and LIMIT"});
    }
    return rows;
}

} // namespace recoscope
