// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the charts of the Scaling page share. Pure functions of values; any thread.
#pragma once

#include <vector>

#include <QCoreApplication>

#include "widgets/plots/plot_model.h"
#include "widgets/views/scaling/scaling_data.h"

namespace recoscope {

struct ScalingText {
    Q_DECLARE_TR_FUNCTIONS(ScalingText)
};

constexpr int familySlot = 2; // the first family's: A and B are runs of the selection
constexpr int mostFamilies = 3; // in one chart: C, D, E
constexpr double aroundRuns = 2.0; // how many times beyond the runs lines go

// Titled, under the sweep's protocol, the metric against a logarithmic x.
PlotModel scalingPlot(const ScalingData& data, const QString& title, const QString& x);
QString computeAxisName();
QString sizeAxisName();
QString dataAxisName();

PlotSeries scalingLine(const QString& name, int slot, bool dashed);
std::vector<double> logSteps(double low, double high);
int slotOfGroup(std::size_t index); // families C, D, E; further ones are neutral
bool isJointLaw(const ScalingStudy* study);

} // namespace recoscope
