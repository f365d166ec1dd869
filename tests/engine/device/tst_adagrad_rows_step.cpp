// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a step of the optimiser does where item tables go by row-wise Adagrad, on the processor and on a device that the
// processor plays: the tables by the equation, everything else to the bit as without them.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>

#include "engine/training/optimiser.h"

namespace recoscope {
namespace {

using torch::Tensor;

const std::vector<std::string> tableNames{"item", "output"};

// Tables between other parameters, one of them at the end and without decay.
Parameters someParameters(const char* device)
{
    const at::Generator random = at::detail::createCPUGenerator(3);
    Parameters parameters;
    parameters.add("front", torch::randn({5}, random), true);
    for (const std::string& name : tableNames)
        parameters.add(name, torch::randn({7, 3}, random), true);
    parameters.add("back", torch::randn({18}, random), true);
    parameters.add("bias", torch::randn({6}, random), false);
    parameters.freeze();
    if (device != std::string("cpu"))
        parameters.moveTo(torch::Device(device));
    return parameters;
}

OptimiserSettings someSettings(TableRule rule)
{
    OptimiserSettings settings;
    settings.weightDecay = 0.1;
    settings.tableRule = rule;
    return settings;
}

// Of step `s`: random, but zero in rows of the tables that are not in `rows`.
std::map<std::string, Tensor> gradientsOf(const Parameters& parameters, int s, const std::vector<std::int32_t>& rows)
{
    const at::Generator random = at::detail::createCPUGenerator(static_cast<std::uint64_t>(100 + s));
    std::map<std::string, Tensor> gradients;
    for (const Parameters::Entry& entry : parameters.entries()) {
        gradients[entry.name] = torch::randn(entry.value.sizes(), random);
        if (std::ranges::find(tableNames, entry.name) != tableNames.end())
            for (std::int32_t row = 0; row < 7; ++row)
                if (std::ranges::find(rows, row) == rows.end())
                    gradients[entry.name][row].zero_();
    }
    return gradients;
}

void setGradients(Parameters& parameters, const std::map<std::string, Tensor>& gradients)
{
    for (const Parameters::Entry& entry : parameters.entries())
        entry.value.grad().copy_(gradients.at(entry.name));
}

Tensor onProcessor(const Tensor& tensor)
{
    return tensor.detach().cpu().clone();
}

const std::vector<std::vector<std::int32_t>> rowsOfSteps{{0, 2, 6}, {2}, {1, 2, 3, 6}};

// The device is played from the start of the program: tst_device_training.cpp.
class AdagradRowsStep : public testing::TestWithParam<const char*> { };

TEST_P(AdagradRowsStep, TablesGoByTheEquationAndTheRestByAdamW)
{
    constexpr double rate = 0.01, ofTables = 0.2, decay = 0.1;
    Parameters ours = someParameters(GetParam()), dense = someParameters(GetParam());
    const Parameters before = someParameters("cpu");
    Optimiser optimiser(ours, someSettings(TableRule::RowAdagrad), tableNames);
    Optimiser adamW(dense, someSettings(TableRule::SparseAdamW));
    std::map<std::string, Tensor> expected, sums;
    for (const std::string& name : tableNames) {
        expected[name] = before.at(name).value.detach().to(torch::kFloat64, false, true);
        sums[name] = torch::zeros({7}, torch::kFloat64);
    }
    const torch::NoGradGuard guard;
    for (int s = 0; s < 3; ++s) {
        const std::vector<std::int32_t>& rows = rowsOfSteps[static_cast<std::size_t>(s)];
        optimiser.prepare(rows);
        const auto gradients = gradientsOf(before, s, rows);
        setGradients(ours, gradients);
        setGradients(dense, gradients);
        for (const std::string& name : tableNames)
            for (const std::int32_t row : rows) {
                const Tensor g = gradients.at(name)[row].to(torch::kFloat64);
                sums[name][row] += g.square().mean();
                expected[name][row].mul_(1.0 - ofTables * decay).sub_(ofTables * g / (sums[name][row].sqrt() + 1e-8));
            }
        EXPECT_NEAR(optimiser.step(rate, ofTables).item<double>(), adamW.step(rate).item<double>(), 1e-6);
    }
    for (const char* name : {"front", "back", "bias"})
        EXPECT_TRUE(torch::equal(onProcessor(ours.at(name).value), onProcessor(dense.at(name).value))) << name;
    for (const std::string& name : tableNames) {
        const Tensor table = onProcessor(ours.at(name).value), gradient = onProcessor(ours.at(name).value.grad());
        EXPECT_TRUE(torch::allclose(table.to(torch::kFloat64), expected[name], 1e-6, 1e-6)) << name;
        EXPECT_EQ(gradient.abs().max().item<float>(), 0.0f) << "gradients are left behind in " << name;
        for (const int row : {4, 5})
            EXPECT_TRUE(torch::equal(table[row], before.at(name).value[row])) << name << " " << row;
    }
    const Tensor kept = torch::cat({sums["item"], sums["output"]});
    const std::int64_t others = optimiser.secondMoment.numel() - 14;
    const Tensor accumulators = onProcessor(optimiser.secondMoment).slice(0, others).to(torch::kFloat64);
    EXPECT_TRUE(torch::allclose(accumulators, kept, 1e-6, 1e-6));
    EXPECT_EQ(optimiser.firstMoment.numel(), others) << "tables have moments";
    EXPECT_EQ(others, ours.values().numel() - 2 * 7 * 3);
    optimiser.restart();
    EXPECT_EQ(onProcessor(optimiser.secondMoment).abs().max().item<float>(), 0.0f);
}

INSTANTIATE_TEST_SUITE_P(Devices, AdagradRowsStep, testing::Values("cpu", "cuda"));

} // namespace
} // namespace recoscope
