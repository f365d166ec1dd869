// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Beams of TIGER with a cache of keys and values. Those of the history are kept once a user and read by all of the
// user's beams; what follows a parent is only those of the tokens spelled since.
#include <cmath>

#include "engine/models/tiger_network.h"
#include "engine/nn/functional.h"

namespace recoscope {

namespace {

using torch::Tensor;

class TigerDecoder : public BeamDecoder {
public:
    TigerDecoder(const Tiger& model, const PackedBatch& histories)
        : m_model(model)
        , m_heads(model.shape.heads)
        , m_headWidth(model.shape.width / model.shape.heads)
        , m_histories(model.spelled(histories).tokens)
    {
    }

    std::int32_t vocabulary() const override { return m_model.names().vocabulary(); }

    std::span<const float> begin() override
    {
        const torch::InferenceMode guard;
        ForwardContext context;
        m_prefixes.clear();
        m_spelled.assign(m_model.layers.size(), Tensor());
        const auto offsets = m_histories.offsetSpan();
        const auto mix = [&](std::size_t, const Tensor& qkv) {
            m_prefixes.emplace_back();
            for (std::size_t user = 0; user + 1 < offsets.size(); ++user)
                m_prefixes.back().push_back(prefixOf(qkv.slice(0, offsets[user], offsets[user + 1])));
            return nn::softmaxAttention(qkv, m_histories.offsets, m_heads, {});
        };
        const Tensor states = m_model.pass(m_model.input(m_histories, context), mix, m_histories.lastRows());
        m_users.clear();
        for (std::int64_t user = 0; user < m_histories.sequences(); ++user)
            m_users.push_back(user);
        m_steps = 0;
        return logProbabilities(states);
    }

    std::span<const float> step(std::span<const std::int32_t> parents, std::span<const std::int32_t> tokens) override
    {
        const torch::InferenceMode guard;
        ForwardContext context;
        const auto offsets = m_histories.offsetSpan();
        const auto rows = static_cast<std::int64_t>(parents.size());
        std::vector<std::int64_t> users;
        PackedBatch next;
        next.positions = torch::empty({rows}, torch::kInt32);
        for (std::int64_t r = 0; r < rows; ++r) {
            users.push_back(m_users[static_cast<std::size_t>(parents[static_cast<std::size_t>(r)])]);
            const auto user = static_cast<std::size_t>(users.back());
            next.positions.data_ptr<std::int32_t>()[r]
                = static_cast<std::int32_t>(offsets[user + 1] - offsets[user] + m_steps);
        }
        m_users = std::move(users);
        next.items = torch::tensor(std::vector<std::int32_t>(tokens.begin(), tokens.end()), torch::kInt32);
        const Tensor from = torch::tensor(std::vector<std::int32_t>(parents.begin(), parents.end()), torch::kInt32);
        const Tensor states = m_model.pass(m_model.input(next, context),
            [&](std::size_t layer, const Tensor& qkv) { return attend(layer, qkv, from); });
        ++m_steps;
        return logProbabilities(states);
    }

private:
    struct Prefix {
        Tensor keys, values; // [heads, L, d] and [heads, L, d], one user's
    };

    // Columns [first, first + D) of attention rows [n, ...]: [heads, n, d].
    Tensor byHead(const Tensor& rows, std::int64_t part) const
    {
        const std::int64_t width = m_model.shape.width;
        return rows.slice(1, part * width, (part + 1) * width)
            .reshape({rows.size(0), m_heads, m_headWidth})
            .transpose(0, 1);
    }

    Prefix prefixOf(const Tensor& qkv) const { return {byHead(qkv, 1).contiguous(), byHead(qkv, 2).contiguous()}; }

    // Attention of rows [R, 3D] to their user's history and to what their own beam has spelled: [R, D].
    Tensor attend(std::size_t layer, const Tensor& qkv, const Tensor& parents)
    {
        const std::int64_t rows = qkv.size(0), width = m_model.shape.width;
        Tensor& spelled = m_spelled[layer]; // [R, steps, 2D]
        const Tensor own = qkv.slice(1, width).unsqueeze(1);
        spelled = spelled.defined() ? torch::cat({spelled.index_select(0, parents), own}, 1) : own.contiguous();
        const double scale = 1.0 / std::sqrt(static_cast<double>(m_headWidth));
        const Tensor queries = byHead(qkv, 0) * scale; // [heads, R, d]
        const Tensor pairs = spelled.view({rows, -1, 2, m_heads, m_headWidth});
        const Tensor ownKeys = pairs.select(2, 0).permute({2, 0, 1, 3}), // [heads, R, steps, d]
            ownValues = pairs.select(2, 1).permute({2, 0, 1, 3});
        const Tensor ownScores = torch::matmul(ownKeys, queries.unsqueeze(3)).squeeze(3); // [heads, R, steps]
        std::vector<Tensor> mixed;
        for (std::int64_t begin = 0, end; begin < rows; begin = end) {
            const std::int64_t user = m_users[static_cast<std::size_t>(begin)];
            for (end = begin + 1; end < rows && m_users[static_cast<std::size_t>(end)] == user;)
                ++end;
            const Prefix& prefix = m_prefixes[layer][static_cast<std::size_t>(user)];
            const std::int64_t length = prefix.keys.size(1);
            const Tensor scores = torch::bmm(queries.slice(1, begin, end), prefix.keys.transpose(1, 2));
            const Tensor weights = torch::softmax(torch::cat({scores, ownScores.slice(1, begin, end)}, 2), 2);
            const Tensor fromOwn
                = torch::matmul(weights.slice(2, length).unsqueeze(2), ownValues.slice(1, begin, end)).squeeze(2);
            mixed.push_back(torch::bmm(weights.slice(2, 0, length), prefix.values) + fromOwn); // [heads, rows, d]
        }
        return torch::cat(mixed, 1).transpose(0, 1).reshape({rows, width});
    }

    std::span<const float> logProbabilities(const Tensor& states)
    {
        m_out = torch::log_softmax(torch::mm(states, m_model.tokenTable().t()), 1).to(torch::kFloat32).contiguous();
        return {m_out.const_data_ptr<float>(), static_cast<std::size_t>(m_out.numel())};
    }

    const Tiger& m_model;
    const std::int64_t m_heads, m_headWidth;
    const PackedBatch m_histories; // tokens
    std::vector<std::vector<Prefix>> m_prefixes; // by layer and user
    std::vector<Tensor> m_spelled; // by layer: keys and values of the tokens since, of every row of the last call
    std::vector<std::int64_t> m_users; // of every row of the last call, ascending
    std::int64_t m_steps = 0;
    Tensor m_out;
};

} // namespace

std::unique_ptr<BeamDecoder> makeTigerDecoder(const Tiger& model, const PackedBatch& histories)
{
    return std::make_unique<TigerDecoder>(model, histories);
}

} // namespace recoscope
