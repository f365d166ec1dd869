// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_side.h"

#include <QTabWidget>
#include <QVBoxLayout>

#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/scaling/fit_panel.h"
#include "widgets/views/scaling/plan_panel.h"
#include "widgets/views/scaling/sweep_panel.h"

namespace recoscope {

namespace {

constexpr int wideScalingSide = 350;
constexpr int narrowScalingSide = 310;

} // namespace

ScalingSide::ScalingSide(WorkbenchContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_column(new QVBoxLayout(this))
    , m_tabs(new QTabWidget(this))
    , m_fit(new FitPanel(context.theme, this))
    , m_sweeps(new SweepPanel(context, this))
    , m_plan(new PlanPanel(context.theme, this))
{
    setNames(this, QStringLiteral("scalingSide"), tr("Fit, sweeps and plan"));
    setNames(m_tabs, QStringLiteral("scalingSideTabs"), tr("Fit, sweeps and plan"));
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(12);
    m_column->addWidget(m_tabs, 1);
    stackPanels();
    setNarrow(false);
    connect(&context.theme, &Theme::changed, this, [this] { setNarrow(m_tabs->count() > 0); });
}

void ScalingSide::setNarrow(bool narrow)
{
    setFixedWidth(m_context.theme.scaled(narrow ? narrowScalingSide : wideScalingSide));
    m_tabs->setVisible(narrow);
    if (narrow == (m_tabs->count() > 0))
        return;
    if (narrow) {
        m_tabs->addTab(m_fit, tr("Fit"));
        m_tabs->addTab(m_sweeps, tr("Sweeps"));
        m_tabs->addTab(m_plan, tr("Plan"));
    } else {
        stackPanels();
    }
}

void ScalingSide::stackPanels()
{
    m_column->addWidget(m_fit, 1);
    m_column->addWidget(m_sweeps);
    m_column->addWidget(m_plan);
    for (QWidget* panel : std::initializer_list<QWidget*>{m_fit, m_sweeps, m_plan})
        panel->show(); // also one that a tab had hidden
}

} // namespace recoscope
