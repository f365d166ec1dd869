// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "engine/kernels/ops.h"
#include "engine/nn/plain.h"

namespace recoscope::nn {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::tensor_list;

namespace {

struct BlockSize {
    std::int64_t rows = 0, columns = 0; // 0 = chosen from the shapes
};
BlockSize g_block;

constexpr std::int64_t bufferFloats = std::int64_t(16) << 20; // 64 MiB
constexpr std::int64_t preferredRows = 256; // large enough for the matrix product, small for the cache

BlockSize chooseBlock(std::int64_t rows, std::int64_t vocabulary)
{
    if (g_block.rows > 0)
        return {std::min(rows, g_block.rows), std::min(vocabulary, g_block.columns)};
    BlockSize block;
    block.rows = std::min(rows, preferredRows);
    block.columns = std::min(vocabulary, bufferFloats / block.rows);
    return block;
}

// The walk over one batch. Gradients are those of the mean; they are left undefined when not wanted.
class Walk {
public:
    Walk(const Tensor& hidden, const Tensor& table, const Tensor& bias, const Tensor& targets, bool gradients)
        : m_hidden(hidden)
        , m_table(table)
        , m_bias(bias)
        , m_targets(targets)
        , m_gradients(gradients)
        , m_block(chooseBlock(hidden.size(0), table.size(0)))
        , m_buffer(torch::empty({m_block.rows * m_block.columns}, hidden.options()))
    {
        if (!gradients)
            return;
        gradHidden = torch::zeros_like(hidden);
        gradTable = torch::zeros_like(table);
        if (bias.defined())
            gradBias = torch::zeros_like(bias);
    }

    double run()
    {
        double total = 0.0;
        for (std::int64_t begin = 0; begin < m_hidden.size(0); begin += m_block.rows)
            total += rowBlock(begin, std::min(m_hidden.size(0), begin + m_block.rows));
        return total / static_cast<double>(m_hidden.size(0));
    }

    Tensor gradHidden, gradTable, gradBias;

private:
    Tensor logits(const Tensor& h, std::int64_t first, std::int64_t last)
    {
        Tensor out = m_buffer.slice(0, 0, h.size(0) * (last - first)).view({h.size(0), last - first});
        Tensor columns = m_table.slice(0, first, last).t();
        if (m_bias.defined())
            torch::addmm_out(out, m_bias.slice(0, first, last), h, columns);
        else
            torch::mm_out(out, h, columns);
        return out;
    }

    double rowBlock(std::int64_t begin, std::int64_t end)
    {
        const std::int64_t rows = end - begin, vocabulary = m_table.size(0);
        const Tensor h = m_hidden.slice(0, begin, end);
        const std::int32_t* targets = m_targets.const_data_ptr<std::int32_t>() + begin;
        std::vector<float> maximum(rows, -std::numeric_limits<float>::infinity()), targetLogit(rows, 0.0f);
        std::vector<double> sum(rows, 0.0);
        Tensor block;
        for (std::int64_t first = 0; first < vocabulary; first += m_block.columns) {
            const std::int64_t last = std::min(vocabulary, first + m_block.columns);
            block = logits(h, first, last);
            kernels::logSumExpBlock({rows, last - first, block.const_data_ptr<float>(), first, targets, maximum.data(),
                sum.data(), targetLogit.data()});
        }
        double total = 0.0;
        std::vector<float> logSumExp(rows);
        for (std::int64_t r = 0; r < rows; ++r) {
            const double value = maximum[r] + std::log(sum[r]);
            logSumExp[r] = static_cast<float>(value);
            total += value - targetLogit[r];
        }
        if (m_gradients)
            gradientBlocks(begin, end, h, targets, logSumExp, block);
        return total;
    }

    void gradientBlocks(std::int64_t begin, std::int64_t end, const Tensor& h, const std::int32_t* targets,
        const std::vector<float>& logSumExp, Tensor block)
    {
        const std::int64_t rows = end - begin, vocabulary = m_table.size(0);
        const std::vector<float> scale(rows, 1.0f / static_cast<float>(m_hidden.size(0)));
        const Tensor ones = torch::ones({rows}, m_hidden.options());
        Tensor gradRows = gradHidden.slice(0, begin, end);
        for (std::int64_t first = 0; first < vocabulary; first += m_block.columns) {
            const std::int64_t last = std::min(vocabulary, first + m_block.columns);
            if (m_block.columns < vocabulary)
                block = logits(h, first, last);
            kernels::softmaxGradientBlock(
                {rows, last - first, block.data_ptr<float>(), first, targets, logSumExp.data(), scale.data()});
            gradRows.addmm_(block, m_table.slice(0, first, last));
            gradTable.slice(0, first, last).addmm_(block.t(), h);
            if (gradBias.defined())
                gradBias.slice(0, first, last).addmv_(block.t(), ones);
        }
    }

    Tensor m_hidden, m_table, m_bias, m_targets;
    bool m_gradients;
    BlockSize m_block;
    Tensor m_buffer;
};

class CrossEntropy : public Function<CrossEntropy> {
public:
    static Tensor forward(AutogradContext* ctx, const Tensor& hidden, const Tensor& table,
        const std::optional<Tensor>& bias, const Tensor& targets, bool gradients)
    {
        Walk walk(hidden.contiguous(), table, bias.value_or(Tensor()), targets, gradients);
        const double mean = walk.run();
        ctx->save_for_backward({walk.gradHidden, walk.gradTable, walk.gradBias});
        return torch::full({}, mean, hidden.options());
    }
    static tensor_list backward(AutogradContext* ctx, tensor_list grads)
    {
        auto saved = ctx->get_saved_variables();
        if (grads[0].item<float>() != 1.0f)
            for (Tensor& gradient : saved)
                if (gradient.defined())
                    gradient = gradient * grads[0];
        return {saved[0], saved[1], saved[2], Tensor(), Tensor()};
    }
};

} // namespace

void setCrossEntropyBlock(std::int64_t rows, std::int64_t columns)
{
    g_block = {rows, columns};
}

Tensor crossEntropy(
    const Tensor& hidden, const Tensor& table, const Tensor& bias, const Tensor& targets, double labelSmoothing)
{
    Tensor loss = hidden.scalar_type() == torch::kFloat32
        ? CrossEntropy::apply(hidden, table, bias.defined() ? std::optional<Tensor>(bias) : std::nullopt, targets,
            torch::GradMode::is_enabled())
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
