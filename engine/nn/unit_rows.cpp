// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/unit_rows.h"

#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

namespace {

constexpr double shortestRow = 1e-6;

class UnitRowsFunction : public torch::autograd::Function<UnitRowsFunction> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& x)
    {
        const Tensor input = x.contiguous();
        Tensor output = torch::empty_like(input), inverse = torch::empty({input.size(0)}, input.options());
        auto a = arguments(output, inverse);
        a.input = input.const_data_ptr<float>();
        runKernel(input, a);
        ctx->save_for_backward({output, inverse});
        return output;
    }
    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        const Tensor grad = grads[0].contiguous();
        Tensor gradInput = torch::empty_like(grad);
        const kernels::UnitRowsBackward b{
            arguments(saved[0], saved[1]), grad.const_data_ptr<float>(), gradInput.data_ptr<float>()};
        runKernel(grad, b);
        return {gradInput};
    }

private:
    static kernels::UnitRows arguments(Tensor& output, Tensor& inverse)
    {
        kernels::UnitRows a;
        a.rows = output.size(0);
        a.width = output.size(1);
        a.epsilon = static_cast<float>(shortestRow);
        a.output = output.data_ptr<float>();
        a.inverse = inverse.data_ptr<float>();
        return a;
    }
};

} // namespace

Tensor unitRows(const Tensor& rows)
{
    if (rows.scalar_type() == torch::kFloat32)
        return graphCall<UnitRowsFunction>(rows);
    return torch::nn::functional::normalize(
        rows, torch::nn::functional::NormalizeFuncOptions().dim(1).eps(shortestRow));
}

} // namespace recoscope::nn
