// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/law.h"

#include <cmath>

#include "engine/core/error.h"

namespace recoscope {

const char* scalingFormName(ScalingForm form)
{
    return form == ScalingForm::Power ? "power" : form == ScalingForm::Joint ? "joint" : "compute";
}

const char* scalingDirectionName(ScalingDirection direction)
{
    return direction == ScalingDirection::Falling ? "falling" : "rising";
}

ScalingForm scalingFormFromName(const std::string& name)
{
    for (ScalingForm form : {ScalingForm::Power, ScalingForm::Joint, ScalingForm::Compute})
        if (name == scalingFormName(form))
            return form;
    throw Error(ErrorKind::Usage, "no form of a scaling law is called '" + name + "'", "use power, joint or compute");
}

ScalingDirection scalingDirectionFromName(const std::string& name)
{
    for (ScalingDirection direction : {ScalingDirection::Falling, ScalingDirection::Rising})
        if (name == scalingDirectionName(direction))
            return direction;
    throw Error(ErrorKind::Usage, "no direction is called '" + name + "'", "use falling (loss) or rising (metric)");
}

const std::vector<std::string>& scalingParameterNames(ScalingForm form)
{
    static const std::vector<std::string> power = {"E", "A", "a"}, joint = {"E", "A", "a", "B", "b"},
                                          compute = {"K", "r", "m", "c"};
    return form == ScalingForm::Power ? power : form == ScalingForm::Joint ? joint : compute;
}

std::string scalingFormula(ScalingForm form, ScalingDirection direction)
{
    const bool falling = direction == ScalingDirection::Falling;
    const std::string sign = falling ? " + " : " - ";
    if (form == ScalingForm::Power)
        return "E" + sign + "A x^-a";
    if (form == ScalingForm::Joint)
        return "E" + sign + "A N^-a" + sign + "B T^-b";
    return falling ? "c - K / (1 + exp(-r (ln C - m)))" : "K / (1 + exp(-r (ln C - m))) - c";
}

double ScalingLaw::at(double x, double t) const
{
    const std::vector<double>& p = parameters;
    const bool falling = direction == ScalingDirection::Falling;
    if (form == ScalingForm::Compute) {
        const double value = p[0] / (1.0 + std::exp(-p[1] * (std::log(x) - p[2]))) - p[3];
        return falling ? -value : value;
    }
    double excess = p[1] * std::pow(x, -p[2]);
    if (form == ScalingForm::Joint)
        excess += p[3] * std::pow(t, -p[4]);
    return falling ? p[0] + excess : p[0] - excess;
}

std::vector<double> ScalingLaw::gradient(double x, double t) const
{
    const std::vector<double>& p = parameters;
    const bool falling = direction == ScalingDirection::Falling;
    if (form == ScalingForm::Compute) {
        const double sign = falling ? -1.0 : 1.0, u = std::log(x) - p[2];
        const double s = 1.0 / (1.0 + std::exp(-p[1] * u)), slope = p[0] * s * (1.0 - s);
        return {sign * s, sign * slope * u, -sign * slope * p[1], -sign};
    }
    const double sign = falling ? 1.0 : -1.0;
    const double first = std::pow(x, -p[2]);
    std::vector<double> out = {1.0, sign * first, -sign * p[1] * first * std::log(x)};
    if (form == ScalingForm::Joint) {
        const double second = std::pow(t, -p[4]);
        out.insert(out.end(), {sign * second, -sign * p[3] * second * std::log(t)});
    }
    return out;
}

double ScalingLaw::limit() const
{
    if (form != ScalingForm::Compute)
        return parameters[0];
    const double value = parameters[0] - parameters[3];
    return direction == ScalingDirection::Falling ? -value : value;
}

} // namespace recoscope
