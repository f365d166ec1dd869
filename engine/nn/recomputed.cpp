// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/recomputed.h"

#include <utility>

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

namespace {

struct HeldBlock : torch::CustomClassHolder {
    explicit HeldBlock(RowBlock given)
        : run(std::move(given))
    {
    }
    RowBlock run;
};

class RecomputedBlock : public torch::autograd::Function<RecomputedBlock> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& rows, const c10::intrusive_ptr<HeldBlock>& block)
    {
        ctx->save_for_backward({rows});
        ctx->saved_data["block"] = torch::IValue::make_capsule(block);
        return block->run(rows);
    }

    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        const auto block = c10::static_intrusive_pointer_cast<HeldBlock>(ctx->saved_data["block"].toCapsule());
        const Tensor rows = ctx->get_saved_variables()[0].detach().requires_grad_();
        const torch::AutoGradMode graph(true);
        const Tensor out = block->run(rows);
        torch::autograd::backward({out}, {grads[0]});
        return {rows.grad(), Tensor()};
    }
};

} // namespace

Tensor recomputed(const Tensor& rows, RowBlock block)
{
    return RecomputedBlock::apply(rows, c10::make_intrusive<HeldBlock>(std::move(block)));
}

} // namespace recoscope::nn
