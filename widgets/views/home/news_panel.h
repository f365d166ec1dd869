// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// "Since you were last here": runs that ended after Home was last looked at, in this program or another, and runs that
// were cut off, each with the one thing to do next. Hidden while there is nothing to tell. GUI thread.
#pragma once

#include <optional>
#include <string>

#include "engine/store/store.h"
#include "widgets/frame/panel.h"

class QVBoxLayout;

namespace recoscope {

struct WorkbenchContext;

class NewsPanel : public Panel {
    Q_OBJECT

public:
    explicit NewsPanel(WorkbenchContext& context, QWidget* parent = nullptr);
    // What is on the list now is no news at the next opening. Called while the page is seen.
    void markSeen();

private:
    void readLastTime();
    void refresh();
    bool isNews(const RunRecord& run) const;
    void addLine(const RunRecord& run);

    WorkbenchContext& m_context;
    QVBoxLayout* m_lines;
    std::optional<std::string> m_since; // ISO 8601 UTC; unset until it is read
    std::string m_marked;
};

} // namespace recoscope
