// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_parts.h"

#include <cmath>

namespace recoscope {

namespace {

constexpr int lastFamilySlot = 4;
constexpr int stepsOfLine = 40;

} // namespace

PlotModel scalingPlot(const ScalingData& data, const QString& title, const QString& x)
{
    PlotModel plot;
    plot.title = title;
    const ExportHeader header = data.header(title);
    plot.protocolHash = header.protocolHash;
    plot.seed = header.seed;
    plot.x.name = x;
    plot.x.log = true;
    plot.x.text = powerText;
    plot.y.name = data.metric;
    plot.y.decimals = 4;
    return plot;
}

QString computeAxisName()
{
    return ScalingText::tr("training operations up to the best epoch");
}

QString sizeAxisName()
{
    return ScalingText::tr("trainable numbers N");
}

QString dataAxisName()
{
    return ScalingText::tr("interactions of an epoch T");
}

PlotSeries scalingLine(const QString& name, int slot, bool dashed)
{
    PlotSeries series;
    series.name = name;
    series.slot = slot;
    series.solid = !dashed;
    series.dashed = dashed;
    return series;
}

std::vector<double> logSteps(double low, double high)
{
    std::vector<double> steps;
    for (int i = 0; i <= stepsOfLine; ++i)
        steps.push_back(low * std::pow(high / low, static_cast<double>(i) / stepsOfLine));
    return steps;
}

int slotOfGroup(std::size_t index)
{
    const int slot = familySlot + static_cast<int>(index);
    return slot <= lastFamilySlot ? slot : -1;
}

bool isJointLaw(const ScalingStudy* study)
{
    return study && study->fitted.fit.law.form == ScalingForm::Joint;
}

} // namespace recoscope
