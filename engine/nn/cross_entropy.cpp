// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/cross_entropy.h"

#include <numeric>

#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"
#include "engine/nn/plain.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::tensor_list;

namespace {

// In the order of the rows on the processor, where LibTorch's own sum has another one on another machine.
Tensor meanOf(const Tensor& losses)
{
    if (!losses.is_cpu())
        return losses.mean();
    const auto* values = losses.const_data_ptr<double>();
    const double sum = std::accumulate(values, values + losses.numel(), 0.0);
    return torch::full({}, sum / static_cast<double>(losses.numel()), losses.options());
}

class CrossEntropy : public Function<CrossEntropy> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& hiddenRows, const Tensor& itemTable,
        const std::optional<Tensor>& bias, const Tensor& targets, bool gradients)
    {
        const Tensor hidden = hiddenRows.contiguous(), table = itemTable.contiguous();
        Tensor gradHidden, gradTable, gradBias;
        Tensor losses = torch::empty({hidden.size(0)}, hidden.options().dtype(torch::kFloat64));
        kernels::LinearCrossEntropy a;
        a.rows = hidden.size(0);
        a.items = table.size(0);
        a.width = table.size(1);
        a.hidden = hidden.const_data_ptr<float>();
        a.table = table.const_data_ptr<float>();
        a.bias = bias ? bias->const_data_ptr<float>() : nullptr;
        a.targets = targets.const_data_ptr<std::int32_t>();
        a.scale = 1.0f / static_cast<float>(a.rows);
        a.loss = losses.data_ptr<double>();
        if (gradients) {
            gradHidden = torch::empty_like(hidden);
            gradTable = torch::zeros_like(table);
            a.gradHidden = gradHidden.data_ptr<float>();
            a.gradTable = gradTable.data_ptr<float>();
            if (bias) {
                gradBias = torch::zeros_like(*bias);
                a.gradBias = gradBias.data_ptr<float>();
            }
        }
        runKernel(hidden, a);
        ctx->save_for_backward({gradHidden, gradTable, gradBias});
        return meanOf(losses).to(torch::kFloat32);
    }
    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        if (!grads[0].is_cpu() || grads[0].item<float>() != 1.0f) // nobody waits for a device to ask
            for (Tensor& gradient : saved)
                if (gradient.defined())
                    gradient = gradient * grads[0];
        return {saved[0], saved[1], saved[2], Tensor(), Tensor()};
    }
};

} // namespace

Tensor crossEntropy(
    const Tensor& hidden, const Tensor& table, const Tensor& bias, const Tensor& targets, double labelSmoothing)
{
    Tensor loss = hidden.scalar_type() == torch::kFloat32
        ? graphCall<CrossEntropy>(hidden, table, optionalOf(bias), targets, torch::GradMode::is_enabled())
        : plain::crossEntropy(hidden, table, bias, targets);
    if (labelSmoothing <= 0.0)
        return loss;
    // lse - (1-e) z_y - e mean(z) = (lse - z_y) + e (z_y - mean(z)): the mean logit needs only the mean row.
    const Tensor rows = targets.to(torch::kInt64);
    Tensor difference = (hidden * (table.index_select(0, rows) - table.mean(0))).sum(1);
    if (bias.defined())
        difference = difference + bias.index_select(0, rows) - bias.mean();
    return loss + labelSmoothing * difference.mean();
}

} // namespace recoscope::nn
