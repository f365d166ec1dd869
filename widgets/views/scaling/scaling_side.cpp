// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_side.h"

#include "widgets/frame/buttons.h"
#include "widgets/views/context.h"
#include "widgets/views/scaling/fit_panel.h"
#include "widgets/views/scaling/plan_panel.h"
#include "widgets/views/scaling/sweep_panel.h"

namespace recoscope {

ScalingSide::ScalingSide(WorkbenchContext& context, QWidget* parent)
    : SideColumn(context.theme, {350, 310}, QStringLiteral("scalingSideTabs"), tr("Fit, sweeps and plan"), parent)
    , m_fit(new FitPanel(context.theme, this))
    , m_sweeps(new SweepPanel(context, this))
    , m_plan(new PlanPanel(context.theme, this))
{
    setNames(this, QStringLiteral("scalingSide"), tr("Fit, sweeps and plan"));
    addPanel(m_fit, tr("Fit"), 1);
    addPanel(m_sweeps, tr("Sweeps"));
    addPanel(m_plan, tr("Plan"));
}

} // namespace recoscope
