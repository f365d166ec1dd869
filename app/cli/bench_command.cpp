// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// bench: the engine's benchmarks, each with its baseline measured in the same run.
#ifdef RECOSCOPE_HAS_BENCHMARKS

#include <algorithm>
#include <cmath>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/core/schema.h"
#include "engine/kernels/ops.h"
#include "tests/benchmarks/machine.h"
#include "tests/benchmarks/registry.h"
#include "tests/benchmarks/row_json.h"

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

// "≥ 5", "≤ 4 us", "≥ 85 % of copy"; the last only where the copy rate of the machine was measured.
std::string goalText(const BenchmarkRow& r, const BenchmarkMachine& machine)
{
    std::string text;
    const auto add = [&text](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    if (r.goal.ratio > 0.0)
        add("≥ " + fixed(r.goal.ratio, r.goal.ratio < 1.0 || r.goal.ratio != std::floor(r.goal.ratio) ? 2 : 0));
    if (r.goal.most > 0.0)
        add("≤ " + fixed(r.goal.most, 0) + " " + r.unit);
    if (r.goal.bandwidth > 0.0 && machine.copyBytes > 0.0)
        add("≥ " + fixed(100.0 * r.goal.bandwidth, 0) + " % of copy");
    return text;
}

bool isMet(const BenchmarkRow& r, const BenchmarkMachine& machine)
{
    return r.ratio >= r.goal.ratio && (r.goal.most <= 0.0 || r.ours <= r.goal.most)
        && r.rate(r.bytes) >= r.goal.bandwidth * machine.copyBytes;
}

std::string shareText(double amount, double most)
{
    return amount > 0.0 && most > 0.0 ? fixed(100.0 * amount / most, 0) + " %" : "";
}

std::string billions(double amount)
{
    return amount > 0.0 ? fixed(amount * 1e-9, 1) : "";
}

// Rows and what is said of them, as the two documents.
class BenchReport {
public:
    BenchReport(const BenchmarkMachine& machine, bool quick)
        : m_machine(machine)
        , m_quick(quick)
    {
    }

    void add(const BenchmarkRow& r)
    {
        const std::string goal = m_quick ? std::string() : goalText(r, m_machine);
        const bool asked = !goal.empty(), met = asked && isMet(r, m_machine);
        Json row = toJson(r);
        if (asked)
            row.update({{"goal", goal}, {"met", met}});
        if (asked && !met)
            row["unmet"] = r.goal.unmet;
        m_rows.push_back(std::move(row));
        m_table.add(
            {r.name, r.shape, time(r, r.ours), time(r, r.median), time(r, r.baseline), time(r, r.baselineMedian),
                r.ratio > 0.0 ? fixed(r.ratio, 2) : "", asked ? goal + (met ? " met" : " NOT MET") : "",
                billions(r.rate(r.bytes)), shareText(r.rate(r.bytes), m_machine.copyBytes), billions(r.rate(r.flop)),
                shareText(r.rate(r.flop), m_machine.flop)});
        m_notes += r.name + ", " + r.shape + ": " + r.note + "\n";
        if (asked && !met)
            m_unmet += "not met: " + r.name + ", " + r.shape + ": "
                + (r.goal.unmet.empty() ? "look at docs/performance.md" : r.goal.unmet) + "\n";
    }

    Json json() const
    {
        Json document = {
            {"rows", m_rows}, {"threads", kernels::threads()}, {"kernels", kernels::pathName(kernels::activePath())}};
        if (m_machine.flop > 0.0)
            document["machine"] = {{"copy_bytes_per_s", m_machine.copyBytes}, {"flop_per_s", m_machine.flop}};
        return document;
    }
    std::string text() const
    {
        std::string text = m_table.text() + "\n" + m_notes + m_unmet;
        if (m_machine.flop > 0.0)
            text += "one thread copies " + billions(m_machine.copyBytes) + " GB/s, read and written, and does "
                + billions(m_machine.flop) + " GFLOP/s\n";
        return text;
    }

private:
    static std::string time(const BenchmarkRow& r, double value)
    {
        return value > 0.0 ? fixed(value, 3) + " " + r.unit : "";
    }

    BenchmarkMachine m_machine;
    bool m_quick;
    Json m_rows = Json::array();
    TextTable m_table{{"benchmark", "shape", "ours P10", "P50", "baseline P10", "P50", "ratio", "goal", "GB/s",
        "of copy", "GFLOP/s", "of peak"}};
    std::string m_notes, m_unmet;
};

int listBenchmarks(Session& session, const std::vector<const Benchmark*>& list)
{
    Json names = Json::array();
    TextTable table({"benchmark", "what is measured"});
    for (const Benchmark* b : list) {
        names.push_back({{"name", b->name}, {"description", b->description}});
        table.add({b->name, b->description});
    }
    session.print({{"benchmarks", names}}, table.text());
    return 0;
}

int bench(Session& session, const BenchWords& words)
{
    const std::vector<const Benchmark*> list = chosen(words.names);
    if (words.list)
        return listBenchmarks(session, list);
    BenchReport report(words.compare ? measureMachine() : BenchmarkMachine(), words.quick);
    for (std::size_t i = 0; i < list.size(); ++i) {
        session.progress().checkCancelled();
        session.progress().update(double(i) / double(list.size()), "Measuring " + list[i]->name);
        for (const BenchmarkRow& r : list[i]->run(words.quick))
            report.add(r);
    }
    session.print(report.json(), report.text());
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
    command.add_flag(
        "--compare", words->compare, "Also what this machine copies and computes at most, and each row's share of it");
    command.add_flag("--list", words->list, "Name the benchmarks and stop");
    command.callback([&session, words] { session.command = [&session, words] { return bench(session, *words); }; });
}

} // namespace recoscope::cli

#endif
