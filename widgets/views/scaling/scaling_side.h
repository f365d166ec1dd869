// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Right column of the Scaling page: the fit, the sweeps, the plan of the next run. Under each other, or as tabs in a
// narrow window. GUI thread.
#pragma once

#include "widgets/frame/side_column.h"

namespace recoscope {

class FitPanel;
class PlanPanel;
class SweepPanel;
struct WorkbenchContext;

class ScalingSide : public SideColumn {
    Q_OBJECT

public:
    explicit ScalingSide(WorkbenchContext& context, QWidget* parent = nullptr);

    FitPanel* fit() const { return m_fit; }
    SweepPanel* sweeps() const { return m_sweeps; }
    PlanPanel* plan() const { return m_plan; }

private:
    FitPanel* m_fit;
    SweepPanel* m_sweeps;
    PlanPanel* m_plan;
};

} // namespace recoscope
