// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// latency: measured now, on this machine, and kept with the run.

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/workspace/latency_measurement.h"

namespace recoscope::cli {

namespace {

struct LatencyWords {
    std::string run, histories = "50,200,1000", batches = "1", modes, beams;
    int requests = 200, warmUp = 20, k = 10;
    std::uint64_t seed = 1;
    bool samples = false;
};

std::string modeNames()
{
    std::string text;
    for (const ServingMode mode : allServingModes)
        text += (text.empty() ? "" : ", ") + std::string(servingModeName(mode));
    return text;
}

std::vector<ServingMode> parseModes(const std::string& text)
{
    std::vector<ServingMode> modes;
    for (const std::string& name : splitList(text)) {
        const auto mode = servingModeNamed(name);
        if (!mode)
            throw Error(ErrorKind::Usage, "--mode: \"" + name + "\" is not a mode", "the modes are " + modeNames());
        modes.push_back(*mode);
    }
    return modes;
}

std::string modeText(const LatencyPoint& point)
{
    return servingModeName(point.mode) + (point.beam > 0 ? " " + grouped(point.beam) : "");
}

int measure(Session& session, const LatencyWords& words)
{
    LatencyRequest request;
    request.histories = splitNumbers(words.histories, "--history");
    request.batches = splitNumbers(words.batches, "--batch");
    if (!words.modes.empty())
        request.modes = parseModes(words.modes);
    if (!words.beams.empty())
        request.beams = splitNumbers(words.beams, "--beam");
    request.requests = words.requests;
    request.warmUp = words.warmUp;
    request.k = words.k;
    request.seed = words.seed;
    Workspace& workspace = session.workspace();
    const RunRecord run = workspace.store().run(words.run);
    const Store::LatencyMeasurement done = measureRuns(workspace, {&run.id, 1}, request, session.progress()).front();
    workspace.store().flush();
    TextTable table(
        {"mode", "history", "batch", "p50 µs", "p95 µs", "p99 µs", "requests/s", "encoding", "decoding", "machine"});
    for (const LatencyPoint& p : done.points)
        table.add({modeText(p), grouped(p.history), grouped(p.batch), fixed(p.p50Us, 1), fixed(p.p95Us, 1),
            fixed(p.p99Us, 1), grouped(std::int64_t(p.throughput)), fixed(100.0 * p.encodeShare, 0) + " %",
            fixed(100.0 * p.decodeShare, 0) + " %", p.busy ? "busy" : "steady"});
    session.print({{"run", run.id}, {"conditions", done.conditions}, {"points", toJson(done.points, words.samples)}},
        table.text());
    return 0;
}

} // namespace

void addLatencyCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "latency", "Measure how long a request takes",
        "latency RUN --history 50,200,1000 --mode full,incremental");
    auto words = std::make_shared<LatencyWords>();
    addRunArgument(command, words->run);
    command.add_option("--history", words->histories, "History lengths, e.g. 50,200");
    command.add_option("--batch", words->batches, "Users asked for at once, e.g. 1,16");
    command.add_option("--mode", words->modes, modeNames() + "; those the model has are measured, all by default");
    command.add_option("--beam", words->beams, "Widths of beams, e.g. 1,10; by default 1, 5, 10, 20, 50 and its own");
    command.add_option("--requests", words->requests, "Measured requests per condition")->check(CLI::Range(1, 1000000));
    command.add_option("--warm-up", words->warmUp, "Discarded requests per condition")->check(CLI::Range(0, 100000));
    command.add_option("-k", words->k, "Length of the lists")->check(CLI::Range(1, 100000));
    command.add_option("--seed", words->seed, "Order and users");
    command.add_flag("--samples", words->samples, "Every measured time in the JSON document");
    command.callback([&session, words] { session.command = [&session, words] { return measure(session, *words); }; });
}

} // namespace recoscope::cli
