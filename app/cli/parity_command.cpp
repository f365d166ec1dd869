// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// parity: every fixture folder below a directory, through the engine's own models, metrics and tests.

#include <cstdio>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/training/parity.h"
#include "engine/training/trainer.h"

namespace recoscope::cli {

namespace {

std::string scientific(double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1e", value);
    return buffer;
}

int parity(Session& session, const std::string& folder)
{
    const std::string device = session.options.device == "cuda" ? "cuda" : "cpu";
    if (device == "cuda")
        if (const CudaForTraining cuda = cudaForTraining(); !cuda.usable)
            throw Error(ErrorKind::Resource, "there is no device cuda here: " + cuda.found, "use --device cpu");
    const ParityReport report = runParity(folder, session.progress(), session.workspaceFolder() / "encoders", device);
    Json cases = Json::array();
    TextTable table({"case", "tensor", "max abs", "max rel", "tolerance", ""});
    std::size_t failed = 0;
    for (const ParityRow& row : report.rows) {
        failed += row.ok ? 0 : 1;
        cases.push_back({{"name", row.caseName}, {"tensor", row.tensor}, {"max_abs", row.maxAbs},
            {"max_rel", row.maxRel}, {"tolerance", row.tolerance}, {"ok", row.ok}});
        table.add({row.caseName, row.tensor, scientific(row.maxAbs), scientific(row.maxRel), scientific(row.tolerance),
            row.ok ? "ok" : "DIFFERS"});
    }
    std::string text
        = table.text() + "\n" + std::to_string(cases.size()) + " comparisons, " + std::to_string(failed) + " differ\n";
    if (!report.skipped.empty())
        text += "not compared:\n";
    for (const std::string& name : report.skipped)
        text += "  " + name + "\n";
    session.print({{"cases", cases}, {"failed", failed}, {"skipped", report.skipped}}, text);
    return report.ok() ? 0 : 1;
}

} // namespace

void addParityCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(
        app, "parity", "Compare the engine with the numbers of other implementations", "parity tests/parity");
    auto folder = std::make_shared<std::string>();
    command.add_option("folder", *folder, "Folder with fixtures at any depth")->required();
    command.callback([&session, folder] { session.command = [&session, folder] { return parity(session, *folder); }; });
}

} // namespace recoscope::cli
