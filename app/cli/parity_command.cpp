// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// parity: every fixture folder below a directory, through the engine's own models, metrics and tests.

#include <algorithm>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/evaluation/parity_evaluation.h"

namespace recoscope::cli {

namespace {

std::vector<Path> fixtureFolders(const Path& root)
{
    std::error_code code;
    std::vector<Path> folders;
    if (std::filesystem::exists(root / "case.json", code))
        folders.push_back(root);
    std::filesystem::recursive_directory_iterator walk(root, code), end;
    if (code)
        throw Error(ErrorKind::NotFound, "cannot read the folder " + root.string() + ": " + code.message(),
            "name a folder that holds fixture folders, each with a case.json");
    for (; walk != end; walk.increment(code))
        if (walk->is_directory(code) && std::filesystem::exists(walk->path() / "case.json", code))
            folders.push_back(walk->path());
    std::sort(folders.begin(), folders.end());
    return folders;
}

std::string scientific(double value)
{
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.1e", value);
    return buffer;
}

struct Report {
    Json cases = Json::array(), uncovered = Json::array();
    TextTable table{{"case", "tensor", "max abs", "max rel", "tolerance", ""}};
    std::size_t folders = 0, failed = 0;

    void add(const std::vector<ParityRow>& rows)
    {
        ++folders;
        for (const ParityRow& row : rows) {
            failed += row.ok ? 0 : 1;
            cases.push_back({{"name", row.caseName}, {"tensor", row.tensor}, {"max_abs", row.maxAbs},
                {"max_rel", row.maxRel}, {"tolerance", row.tolerance}, {"ok", row.ok}});
            table.add({row.caseName, row.tensor, scientific(row.maxAbs), scientific(row.maxRel),
                scientific(row.tolerance), row.ok ? "ok" : "DIFFERS"});
        }
    }
};

int parity(Session& session, const std::string& root)
{
    const std::vector<Path> folders = fixtureFolders(root);
    if (folders.empty())
        throw Error(ErrorKind::NotFound, "there is no fixture (a folder with case.json) below " + root,
            "see tests/parity for some");
    Report report;
    std::string uncovered;
    for (std::size_t i = 0; i < folders.size(); ++i) {
        session.progress().checkCancelled();
        session.progress().update(double(i) / double(folders.size()), folders[i].filename().string());
        const std::string family = readJson(folders[i] / "case.json").value("family", "");
        if (isEvaluationFamily(family)) {
            report.add(parityEvaluation(folders[i]));
        } else {
            report.uncovered.push_back({{"name", folders[i].filename().string()}, {"family", family}});
            uncovered += "  " + folders[i].filename().string() + " (" + family + ")\n";
        }
    }
    std::string text = report.table.text() + "\n" + std::to_string(report.cases.size()) + " comparisons in "
        + std::to_string(report.folders) + " cases, " + std::to_string(report.failed) + " differ\n";
    if (!uncovered.empty())
        text += "families this build has no model for:\n" + uncovered;
    session.print({{"cases", report.cases}, {"folders", report.folders}, {"failed", report.failed},
                      {"uncovered", report.uncovered}},
        text);
    return report.failed == 0 ? 0 : 1;
}

} // namespace

void addParityCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(
        app, "parity", "Compare the engine with the numbers of other implementations", "parity tests/parity");
    auto root = std::make_shared<std::string>();
    command.add_option("folder", *root, "Folder with fixtures at any depth")->required();
    command.callback([&session, root] { session.command = [&session, root] { return parity(session, *root); }; });
}

} // namespace recoscope::cli
