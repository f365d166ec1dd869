// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/gated_output.h"

#include <algorithm>

#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

namespace {

kernels::GatedOutput gatedArguments(
    const Tensor& mixed, const Tensor& gate, const Tensor& weight, const Tensor& bias, double epsilon, Dropout drop)
{
    kernels::GatedOutput a;
    a.rows = mixed.size(0);
    a.inner = mixed.size(1);
    a.width = weight.size(0);
    a.epsilon = static_cast<float>(epsilon);
    a.input = mixed.const_data_ptr<float>();
    a.gate = gate.const_data_ptr<float>();
    a.gateStride = a.rows > 1 ? gate.stride(0) : a.inner;
    a.weight = weight.const_data_ptr<float>();
    a.bias = bias.const_data_ptr<float>();
    a.dropout = drop.probability;
    a.seed = drop.seed;
    return a;
}

class GatedOutputFunction : public torch::autograd::Function<GatedOutputFunction> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& mixed, const Tensor& gate, const Tensor& residual,
        const Tensor& weight, const Tensor& bias, double epsilon, Dropout drop, bool keep)
    {
        const Tensor other = residual.contiguous();
        Tensor output = torch::empty_like(other), moments;
        auto a = gatedArguments(mixed, gate, weight, bias, epsilon, drop);
        a.residual = other.const_data_ptr<float>();
        a.output = output.data_ptr<float>();
        if (keep) {
            moments = torch::empty({2, a.rows}, mixed.options());
            a.mean = moments.data_ptr<float>();
            a.inverseSigma = a.mean + a.rows;
        }
        runKernel(mixed, a);
        if (!keep)
            return output;
        ctx->save_for_backward({mixed, gate, weight, bias, moments});
        ctx->saved_data["epsilon"] = epsilon;
        saveDropout(ctx, drop);
        return output;
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        const Tensor &mixed = saved[0], &weight = saved[2], &bias = saved[3], gradOutput = grads[0].contiguous();
        Tensor moments = saved[4];
        const std::int64_t gateStride = std::max(saved[1].stride(0), mixed.size(1));
        Tensor gradInput = torch::empty_like(mixed),
               gradGate = torch::empty({mixed.size(0), gateStride}, mixed.options()).slice(1, 0, mixed.size(1)),
               gradWeight = torch::empty_like(weight), gradBias = torch::empty_like(bias);
        kernels::GatedOutputBackward b;
        b.forward
            = gatedArguments(mixed, saved[1], weight, bias, ctx->saved_data["epsilon"].toDouble(), savedDropout(ctx));
        b.forward.mean = moments.data_ptr<float>();
        b.forward.inverseSigma = b.forward.mean + b.forward.rows;
        b.gradOutput = gradOutput.const_data_ptr<float>();
        b.gradInput = gradInput.data_ptr<float>();
        b.gradGate = gradGate.data_ptr<float>();
        b.gradGateStride = gateStride;
        b.gradWeight = gradWeight.data_ptr<float>();
        b.gradBias = gradBias.data_ptr<float>();
        runKernel(mixed, b);
        return {gradInput, gradGate, gradOutput, gradWeight, gradBias, Tensor(), Tensor(), Tensor()};
    }
};

} // namespace

bool isPartOfRows(const Tensor& part, std::int64_t rows, std::int64_t stride)
{
    return part.defined() && part.dim() == 2 && part.size(0) == rows && part.stride(0) == stride && part.stride(1) == 1
        && part.storage_offset() == 0
        && part.storage().nbytes() == static_cast<std::size_t>(rows * stride) * part.element_size();
}

Tensor gatedOutput(
    const Tensor& mixed, const Tensor& gate, const Tensor& residual, const Linear& out, double epsilon, Dropout drop)
{
    if (mixed.scalar_type() != torch::kFloat32)
        return residual + out(dropout(gate * torch::layer_norm(mixed, {mixed.size(1)}, {}, {}, epsilon), drop));
    return graphCall<GatedOutputFunction>(mixed.contiguous(), gate.stride(1) == 1 ? gate : gate.contiguous(), residual,
        out.weight, out.bias, epsilon, drop, torch::GradMode::is_enabled());
}

} // namespace recoscope::nn
