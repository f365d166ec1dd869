// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/parity_families.h"
#include "engine/training/parity_model.h"

namespace recoscope {

using torch::Tensor;

namespace {

void optimiserVariant(
    const ParityCase& c, const std::string& variant, const Json& json, bool wide, std::vector<ParityRow>& rows)
{
    Parameters parameters(wide ? torch::kFloat64 : torch::kFloat32);
    const std::vector<std::string> names = {"p0", "p1"};
    for (const std::string& name : names)
        parameters.add(name, c.io("in." + name), true);
    parameters.freeze();
    const OptimiserSettings settings = optimiserOf(json);
    Optimiser optimiser(parameters, settings);
    std::map<std::string, std::vector<Tensor>> steps;
    std::vector<double> norms;
    const torch::NoGradGuard guard;
    for (std::int64_t s = 0; s < c.json().at("steps").get<std::int64_t>(); ++s) {
        for (const auto& [name, gradient] : {std::pair("p0", "in.g0"), std::pair("p1", "in.g1")})
            parameters.at(name).value.mutable_grad().copy_(c.io(gradient)[s]);
        norms.push_back(optimiser.step(settings.learningRate).item<double>());
        for (const std::string& name : names)
            steps[name].push_back(parameters.at(name).value.detach().clone());
    }
    const std::string prefix = (wide ? "f64." : "") + variant + ".";
    const ParityTolerance tolerance{wide ? 1e-12 : 5e-6, 0.0, 0.0};
    for (const std::string& name : names)
        rows.push_back(c.compare(prefix + name, torch::stack(steps[name]), tolerance));
    if (c.has(prefix + "norms"))
        rows.push_back(c.compare(prefix + "norms", torch::tensor(norms, torch::kFloat64), tolerance));
}

} // namespace

std::vector<ParityRow> parityOptimiser(const ParityCase& c)
{
    std::vector<ParityRow> rows;
    for (const bool wide : {false, true})
        for (const auto& [variant, json] : c.json().at("variants").items())
            optimiserVariant(c, variant, json, wide, rows);
    return rows;
}

} // namespace recoscope
