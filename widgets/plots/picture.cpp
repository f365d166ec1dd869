// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/picture.h"

#include "widgets/plots/heat_grid.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/painted_chart.h"
#include "widgets/plots/plot_view.h"

namespace recoscope {

bool isPicture(const QWidget* widget)
{
    return qobject_cast<const HeatMap*>(widget) || qobject_cast<const HeatGrid*>(widget)
        || qobject_cast<const PlotView*>(widget) || qobject_cast<const PaintedChart*>(widget);
}

} // namespace recoscope
