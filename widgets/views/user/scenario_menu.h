// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The button "Scenarios" of the User page: saves the shown history under a name, opens and deletes saved ones. Reads
// and writes in jobs; deleting is one step of undo. GUI thread.
#pragma once

#include <QPushButton>

#include <functional>
#include <vector>

#include "widgets/core/jobs.h"
#include "widgets/core/scenarios.h"

class QMenu;

namespace recoscope {

struct WorkbenchContext;

class ScenarioMenu : public QPushButton {
    Q_OBJECT

public:
    // `present` gives the shown history (its name is replaced); without events there is nothing to save.
    ScenarioMenu(WorkbenchContext& context, std::function<Scenario()> present, QWidget* parent = nullptr);

    void refresh(); // of the selected dataset
    void askAndSave();
    void save(const Scenario& scenario);
    void remove(const Scenario& scenario);
    const std::vector<Scenario>& scenarios() const { return m_scenarios; }

signals:
    void opened(const recoscope::Scenario& scenario);
    void saved(const QString& name);
    void failed(const QString& lead, const recoscope::JobFailure& failure);

private:
    class RemoveCommand;
    void change(const std::function<void(Store&, const std::string&)>& action);
    void fill();

    WorkbenchContext& m_context;
    std::function<Scenario()> m_present;
    QMenu* m_menu;
    std::vector<Scenario> m_scenarios;
};

} // namespace recoscope
