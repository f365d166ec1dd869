// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/row_sums.h"

#include "engine/nn/graph_call.h"
#include "engine/nn/kernel_call.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

namespace {

class RowSums : public torch::autograd::Function<RowSums> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& rows, const Tensor& owners, std::int64_t count)
    {
        ctx->save_for_backward({owners});
        const Tensor given = rows.contiguous();
        Tensor sums = torch::zeros({count, given.size(1)}, given.options());
        runScatterAdd(given, owners, sums);
        return sums;
    }
    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        const Tensor owners = ctx->get_saved_variables()[0], grad = grads[0].contiguous();
        Tensor rows = torch::empty({owners.size(0), grad.size(1)}, grad.options());
        runGather(grad, owners, rows);
        return {rows, Tensor(), Tensor()};
    }
};

} // namespace

Tensor rowSums(const Tensor& rows, const Tensor& owners, std::int64_t count)
{
    if (rows.scalar_type() == torch::kFloat32)
        return graphCall<RowSums>(rows, owners, count);
    return torch::zeros({count, rows.size(1)}, rows.options()).index_add(0, owners, rows);
}

} // namespace recoscope::nn
