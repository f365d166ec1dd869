// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What one invocation of recoscope-cli shares between its commands: the global options, the workspace (opened on first
// use), progress on standard error, results on standard output. Lives on the main thread; cancel() may come from
// another one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "app/cli/progress_line.h"
#include "engine/core/json.h"
#include "engine/core/progress.h"
#include "engine/workspace/workspace.h"

namespace recoscope::cli {

struct GlobalOptions {
    std::string workspace; // empty = the platform's data folder
    bool json = false;
    bool quiet = false;
    int threads = 0; // 0 = one per core
    std::string device = "auto";
};

class Session {
public:
    Session();

    GlobalOptions options;
    // Set by the parser of the chosen command, called once everything was parsed.
    std::function<int()> command;

    Workspace& workspace();
    Path workspaceFolder() const;
    Progress& progress() { return m_progress; }
    void cancel() { m_progress.requestCancel(); }
    void setQuiet(bool quiet) { m_line.setQuiet(quiet); }
    void endProgress() { m_line.clear(); }

    // The one result: the document with --json, else the text. Standard output holds nothing else.
    void print(const Json& document, const std::string& text);
    // A line on standard error, unless --quiet.
    void note(const std::string& line) { m_line.note(line); }

private:
    ProgressLine m_line;
    Progress m_progress;
    std::unique_ptr<Workspace> m_workspace;
};

} // namespace recoscope::cli
