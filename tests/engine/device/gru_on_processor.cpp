// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The cell of a GRU, which LibTorch has on GPUs alone, for the played device: as GRU4Rec's walk meets it there without
// cuDNN. h' = n + z (h - n), n = tanh(i_n + r h_n), r and z logistic; no biases.
#include <optional>
#include <tuple>

#include <torch/library.h>
#include <torch/torch.h>

namespace recoscope::test {

namespace {

using at::Tensor;

std::tuple<Tensor, Tensor> gruCell(const Tensor& inputGates, const Tensor& hiddenGates, const Tensor& before,
    const std::optional<Tensor>&, const std::optional<Tensor>&)
{
    const auto input = inputGates.chunk(3, 1), hidden = hiddenGates.chunk(3, 1);
    const Tensor reset = at::sigmoid(input[0] + hidden[0]), update = at::sigmoid(input[1] + hidden[1]);
    const Tensor fresh = at::tanh(input[2] + reset * hidden[2]);
    return {fresh + update * (before - fresh), at::cat({reset, update, fresh, before, hidden[2]}, 1)};
}

std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor> gruCellBackward(const Tensor& grad, const Tensor& kept, bool)
{
    const auto parts = kept.chunk(5, 1);
    const Tensor &reset = parts[0], &update = parts[1], &fresh = parts[2], &before = parts[3], &hidden = parts[4];
    const Tensor gradUpdate = grad * (before - fresh) * (1 - update) * update;
    const Tensor gradFresh = grad * (1 - update) * (1 - fresh * fresh);
    const Tensor gradReset = gradFresh * hidden * (1 - reset) * reset;
    return {at::cat({gradReset, gradUpdate, gradFresh}, 1), at::cat({gradReset, gradUpdate, gradFresh * reset}, 1),
        grad * update, Tensor(), Tensor()};
}

TORCH_LIBRARY_IMPL(aten, CUDA, library)
{
    library.impl("_thnn_fused_gru_cell", &gruCell);
    library.impl("_thnn_fused_gru_cell_backward", &gruCellBackward);
}

} // namespace

} // namespace recoscope::test
