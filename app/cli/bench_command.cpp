// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// bench: the engine's benchmarks, each with its baseline measured in the same run.
#ifdef RECOSCOPE_HAS_BENCHMARKS

#include <algorithm>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/core/schema.h"
#include "engine/kernels/ops.h"
#include "tests/benchmarks/registry.h"

namespace recoscope::cli {

namespace {

struct BenchWords {
    std::vector<std::string> names;
    bool quick = false, list = false, compare = false;
};

std::vector<const Benchmark*> chosen(const std::vector<std::string>& names)
{
    std::vector<const Benchmark*> out;
    std::vector<std::string> known;
    for (const Benchmark& b : benchmarks())
        known.push_back(b.name);
    for (const Benchmark& b : benchmarks())
        if (names.empty() || std::find(names.begin(), names.end(), b.name) != names.end())
            out.push_back(&b);
    for (const std::string& name : names)
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::vector<std::string> near = nearestNames(name, known, 1);
            throw Error(ErrorKind::NotFound, "there is no benchmark \"" + name + "\"",
                near.empty() ? "recoscope-cli bench --list names them" : "did you mean \"" + near[0] + "\"?");
        }
    return out;
}

int bench(Session& session, const BenchWords& words)
{
    const std::vector<const Benchmark*> list = chosen(words.names);
    if (words.list) {
        Json names = Json::array();
        TextTable table({"benchmark", "what is measured"});
        for (const Benchmark* b : list) {
            names.push_back({{"name", b->name}, {"description", b->description}});
            table.add({b->name, b->description});
        }
        session.print({{"benchmarks", names}}, table.text());
        return 0;
    }
    Json rows = Json::array();
    TextTable table({"benchmark", "shape", "ours", "baseline", "ratio", "note"});
    for (std::size_t i = 0; i < list.size(); ++i) {
        session.progress().checkCancelled();
        session.progress().update(double(i) / double(list.size()), "Measuring " + list[i]->name);
        for (const BenchmarkRow& r : list[i]->run(words.quick)) {
            rows.push_back({{"name", r.name}, {"shape", r.shape}, {"ours", r.ours}, {"baseline", r.baseline},
                {"ratio", r.ratio}, {"unit", r.unit}, {"note", r.note}});
            table.add({r.name, r.shape, fixed(r.ours, 3) + " " + r.unit,
                r.baseline > 0.0 ? fixed(r.baseline, 3) + " " + r.unit : "", r.ratio > 0.0 ? fixed(r.ratio, 2) : "",
                r.note});
        }
    }
    session.print(
        {{"rows", rows}, {"threads", kernels::threads()}, {"kernels", kernels::pathName(kernels::activePath())}},
        table.text());
    return 0;
}

} // namespace

void addBenchCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(
        app, "bench", "The engine's benchmarks, each beside its baseline", "bench lru_scan full_ranking --quick");
    auto words = std::make_shared<BenchWords>();
    command.add_option("names", words->names, "Benchmarks (default: all)");
    command.add_flag("--quick", words->quick, "Sizes that take a second or two");
    command.add_flag("--compare", words->compare, "With the baselines; they are always measured in the same run");
    command.add_flag("--list", words->list, "Name the benchmarks and stop");
    command.callback([&session, words] { session.command = [&session, words] { return bench(session, *words); }; });
}

} // namespace recoscope::cli

#endif
