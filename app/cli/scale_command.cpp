// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// scale: a model in several sizes on several amounts of data, each a stored run, as a table for fit.

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/sweep_files.h"
#include "app/cli/text.h"
#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/workspace/sweep.h"

namespace recoscope::cli {

namespace {

struct ScaleWords {
    std::string file, out, curve;
    bool plan = false;
};

const char* stateOf(const SweepPoint& point)
{
    return point.run ? runStatusName(point.run->status) : "to do";
}

Json pointJson(const SweepPoint& point)
{
    const auto orNull = [](double value) { return value > 0.0 ? Json(value) : Json(nullptr); };
    Json json = {{"name", point.request.name}, {"status", stateOf(point)}, {"n", point.parameterCount},
        {"n_without_tokens", orNull(point.work.paperSize)}, {"t", point.work.interactions},
        {"train_users", point.share}, {"seed", point.request.seed}, {"flops_per_epoch", point.work.flops},
        {"paper_compute_per_epoch", orNull(point.work.paperCompute)}, {"run", nullptr}};
    if (point.run)
        json.update({{"run", point.run->id}, {"epochs", point.run->epochs}, {"best_epoch", point.run->bestEpoch},
            {"compute", point.flops(point.run->bestEpoch)},
            {"paper_compute", orNull(point.work.paperCompute * point.run->bestEpoch)},
            {"metrics", {{"valid", point.run->valid}, {"test", point.run->test}}}, {"error", point.run->error}});
    return json;
}

std::string sweepText(const Sweep& sweep)
{
    const std::string metric = sweep.points.front().request.protocol.selectBy;
    TextTable table({"run", "state", "N", "T", "operations an epoch", "best epoch", metric});
    for (const SweepPoint& point : sweep.points) {
        const bool begun = point.run.has_value();
        char work[32];
        std::snprintf(work, sizeof work, "%.3g", point.work.flops);
        const auto value = begun ? point.run->valid.find(metric) : std::map<std::string, double>::const_iterator();
        table.add({point.request.name, stateOf(point), grouped(point.parameterCount), grouped(point.work.interactions),
            work, begun ? std::to_string(point.run->bestEpoch) : "",
            begun && value != point.run->valid.end() ? fixed(value->second, 4) : ""});
    }
    return table.text();
}

struct Outcome {
    int trained = 0, existed = 0, failed = 0;
};

// One after another; a point that fails does not keep the others from being trained.
Outcome trainAll(Session& session, Sweep& sweep, const ScaleWords& words)
{
    Outcome outcome;
    for (std::size_t i = 0; i < sweep.points.size(); ++i) {
        SweepPoint& point = sweep.points[i];
        if (point.isDone()) {
            ++outcome.existed;
            continue;
        }
        session.note("point " + std::to_string(i + 1) + " of " + std::to_string(sweep.points.size()) + ": "
            + point.request.name);
        TrainControl control;
        try {
            trainPoint(session.workspace(), point, control, {}, session.progress());
            ++outcome.trained;
        } catch (const Error& error) {
            const bool own = error.kind() == ErrorKind::Refused || error.kind() == ErrorKind::Input;
            if (!own)
                throw;
            session.note("point " + std::to_string(i + 1) + " failed: " + error.message());
            ++outcome.failed;
        }
        writeFileAtomically(words.out, sweepTable(sweep)); // what there is, should somebody stop here
    }
    return outcome;
}

int scale(Session& session, ScaleWords words)
{
    if (words.out.empty())
        words.out = sweepTableFile(words.file).string();
    Sweep sweep = planSweep(session.workspace(), words.file, session.progress());
    Outcome outcome;
    if (!words.plan) {
        tagRuns(session.workspace(), sweep);
        outcome = trainAll(session, sweep, words);
        writeFileAtomically(words.out, sweepTable(sweep));
        if (!words.curve.empty())
            writeFileAtomically(words.curve, curveTable(sweep, session.workspace().store()));
    }
    Json points = Json::array();
    for (const SweepPoint& point : sweep.points)
        points.push_back(pointJson(point));
    session.print({{"sweep", sweep.name}, {"table", words.plan ? Json(nullptr) : Json(words.out)}, {"points", points},
                      {"trained", outcome.trained}, {"existed", outcome.existed}, {"failed", outcome.failed}},
        sweepText(sweep) + (words.plan ? "" : "table: " + words.out + "\n"));
    return outcome.failed > 0 ? 5 : 0;
}

} // namespace

void addScaleCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "scale", "Train a model in several sizes on several amounts of data",
        "scale sweep.json && recoscope-cli fit sweep.json");
    auto words = std::make_shared<ScaleWords>();
    command.add_option("sweep", words->file, "JSON: dataset, model, sizes, train_users, ... (docs/scaling.md)")
        ->required();
    command.add_option("--out", words->out, "Table for fit; without it beside the sweep, with the ending .csv");
    command.add_option("--curve", words->curve, "Also a table with a line for each validation of each run");
    command.add_flag("--plan", words->plan, "Only check the points and say what they would cost");
    command.callback([&session, words] { session.command = [&session, words] { return scale(session, *words); }; });
}

} // namespace recoscope::cli
