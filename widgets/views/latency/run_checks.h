// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Runs to check, in a list that scrolls from the fourth on. GUI thread.
#pragma once

#include <QListWidget>

#include <vector>

#include "engine/store/store.h"

namespace recoscope {

class RunChecks : public QListWidget {
    Q_OBJECT

public:
    explicit RunChecks(QWidget* parent = nullptr);

    // Runs to choose from. Those in `checked` (ids) are checked when they come in, or come to be among them; else the
    // present checks of known runs stay.
    void setRuns(const std::vector<RunRecord>& runs, const QStringList& checked);
    std::vector<RunRecord> checked() const;

private:
    void fitHeight();

    std::vector<RunRecord> m_runs;
    QStringList m_asked; // `checked` of the last call
};

} // namespace recoscope
