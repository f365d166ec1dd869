// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/session.h"

#include <cstdio>

namespace recoscope::cli {

Session::Session()
    : m_progress([this](const ProgressReport& report) { m_line.show(report); })
{
}

Path Session::workspaceFolder() const
{
    return options.workspace.empty() ? Workspace::defaultFolder() : Path(options.workspace);
}

Workspace& Session::workspace()
{
    if (!m_workspace)
        m_workspace = std::make_unique<Workspace>(workspaceFolder());
    return *m_workspace;
}

void Session::print(const Json& document, const std::string& text)
{
    m_line.clear();
    // Raw ids may hold any bytes; JSON may not, so those become the replacement character.
    const std::string out = options.json ? document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : text;
    std::fwrite(out.data(), 1, out.size(), stdout);
    std::fflush(stdout);
}

} // namespace recoscope::cli
