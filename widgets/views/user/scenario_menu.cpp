// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/scenario_menu.h"

#include <QInputDialog>
#include <QLineEdit>
#include <QMenu>
#include <QPointer>
#include <QUndoStack>

#include "engine/workspace/workspace.h"
#include "widgets/core/selection.h"
#include "widgets/frame/buttons.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

const QString readKey = QStringLiteral("user-scenarios");

} // namespace

class ScenarioMenu::RemoveCommand : public QUndoCommand {
public:
    RemoveCommand(ScenarioMenu* menu, Scenario scenario)
        : QUndoCommand(ScenarioMenu::tr("Delete scenario %1").arg(QString::fromStdString(scenario.name)))
        , m_menu(menu)
        , m_scenario(std::move(scenario))
    {
    }

    void redo() override
    {
        if (m_menu)
            m_menu->change([name = m_scenario.name](
                               Store& store, const std::string& dataset) { removeScenario(store, dataset, name); });
    }
    void undo() override
    {
        if (m_menu)
            m_menu->save(m_scenario);
    }

private:
    QPointer<ScenarioMenu> m_menu;
    Scenario m_scenario;
};

ScenarioMenu::ScenarioMenu(WorkbenchContext& context, std::function<Scenario()> present, QWidget* parent)
    : QPushButton(tr("Scenarios"), parent)
    , m_context(context)
    , m_present(std::move(present))
    , m_menu(new QMenu(this))
{
    setNames(this, QStringLiteral("userScenarios"), tr("Saved histories"));
    m_menu->setObjectName(QStringLiteral("userScenarioMenu"));
    setMenu(m_menu);
    fill();
}

void ScenarioMenu::refresh()
{
    const std::string dataset = m_context.selection.dataset().toStdString();
    if (dataset.empty())
        return;
    m_context.jobs.run(
        {JobLane::Inspect, tr("Read scenarios"), readKey}, this,
        [workspace = m_context.workspace, dataset](Progress&) { return readScenarios(workspace->store(), dataset); },
        [this](std::vector<Scenario> read) {
            m_scenarios = std::move(read);
            fill();
        },
        [this](const JobFailure& failure) { emit failed(tr("The scenarios could not be read."), failure); });
}

void ScenarioMenu::fill()
{
    m_menu->clear();
    QAction* saveAction = m_menu->addAction(tr("Save as scenario…"), this, &ScenarioMenu::askAndSave);
    saveAction->setObjectName(QStringLiteral("userSaveScenario"));
    if (m_scenarios.empty())
        return;
    m_menu->addSeparator();
    auto* deletion = new QMenu(tr("Delete"), m_menu);
    for (const Scenario& scenario : m_scenarios) {
        const QString name = QString::fromStdString(scenario.name).replace(u'&', QStringLiteral("&&"));
        m_menu->addAction(name, this, [this, scenario] { emit opened(scenario); });
        deletion->addAction(name, this, [this, scenario] { remove(scenario); });
    }
    m_menu->addSeparator();
    m_menu->addMenu(deletion);
}

void ScenarioMenu::askAndSave()
{
    Scenario scenario = m_present();
    bool accepted = false;
    const QString name = QInputDialog::getText(this, tr("Save as scenario"), tr("Name of the scenario:"),
        QLineEdit::Normal, QString::fromStdString(scenario.name), &accepted)
                             .trimmed();
    if (!accepted || name.isEmpty())
        return;
    scenario.name = name.toStdString();
    save(scenario);
    emit saved(name);
}

void ScenarioMenu::save(const Scenario& scenario)
{
    change([scenario](Store& store, const std::string& dataset) { saveScenario(store, dataset, scenario); });
}

void ScenarioMenu::remove(const Scenario& scenario)
{
    m_context.undo.push(new RemoveCommand(this, scenario));
}

void ScenarioMenu::change(const std::function<void(Store&, const std::string&)>& action)
{
    m_context.jobs.run(
        {JobLane::Work, tr("Keep scenarios"), {}}, this,
        [workspace = m_context.workspace, dataset = m_context.selection.dataset().toStdString(), action](
            Progress&) { action(workspace->store(), dataset); },
        [this] { refresh(); },
        [this](const JobFailure& failure) { emit failed(tr("The scenario was not kept."), failure); });
}

} // namespace recoscope
