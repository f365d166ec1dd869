// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/text_network.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/nn/row_sums.h"
#include "engine/nn/text_families.h"
#include "engine/nn/transfers.h"

namespace recoscope::nn {

using torch::Tensor;

namespace {

Tensor addParameter(Parameters& parameters, const std::string& name, const TextTensor& first, std::int64_t rows,
    TextNetworkOptions options)
{
    std::vector<std::int64_t> shape = first.shape;
    shape[0] = rows;
    const bool decay = options.decayAll || shape.size() > 1;
    if (!options.drawn)
        return parameters.add(name, torch::empty(shape, parameters.type()), decay);
    if (first.start == TextTensor::Start::Drawn)
        return parameters.truncatedNormal(name, shape, decay);
    return parameters.constant(name, shape, first.start == TextTensor::Start::Ones ? 1.0 : 0.0, decay);
}

} // namespace

TextBatch makeVectorBatch(const Tensor& offsets)
{
    const Tensor starts = torch::repeat_interleave(offsets.slice(0, 0, offsets.size(0) - 1), offsets.diff());
    TextBatch batch;
    batch.offsets = offsets;
    batch.positions = (torch::arange(starts.size(0), torch::kInt64) - starts).to(torch::kInt32);
    return batch;
}

TextBatch makeTextBatch(std::span<const std::span<const std::int32_t>> texts)
{
    std::vector<std::int64_t> offsets{0};
    for (const auto& text : texts)
        offsets.push_back(offsets.back() + static_cast<std::int64_t>(text.size()));
    TextBatch batch = makeVectorBatch(torch::tensor(offsets, torch::kInt64));
    batch.tokens = torch::empty({offsets.back()}, torch::kInt32);
    for (std::size_t b = 0; b < texts.size(); ++b)
        std::copy(texts[b].begin(), texts[b].end(), batch.tokens.data_ptr<std::int32_t>() + offsets[b]);
    return batch;
}

TextBatch onDevice(TextBatch texts, torch::Device device)
{
    for (Tensor* tensor : {&texts.tokens, &texts.positions, &texts.segments})
        if (tensor->defined())
            *tensor = sentTo(device, *tensor);
    return texts;
}

TextNetwork::TextNetwork(
    Parameters& parameters, std::string prefix, const TextModelConfig& config, TextNetworkOptions options)
    : m_config(config)
    , m_dropout(options.dropout)
{
    const std::vector<TextTensor> tensors = textTensors(config);
    for (std::size_t i = 0; i < tensors.size();) {
        const TextTensor& first = tensors[i];
        std::int64_t rows = 0;
        for (; i < tensors.size() && tensors[i].ours == first.ours; ++i)
            rows += tensors[i].shape[0];
        m_parameters.emplace_back(first.ours, addParameter(parameters, prefix + first.ours, first, rows, options));
    }
}

Tensor TextNetwork::parameter(const std::string& name) const
{
    const auto found = std::find_if(
        m_parameters.begin(), m_parameters.end(), [&name](const auto& entry) { return entry.first == name; });
    return found == m_parameters.end() ? Tensor() : found->second;
}

Linear TextNetwork::linear(const std::string& name) const
{
    Linear linear;
    linear.weight = parameter(name + ".weight");
    linear.bias = parameter(name + ".bias");
    return linear;
}

Norm TextNetwork::norm(const std::string& name) const
{
    Norm norm;
    norm.weight = parameter(name + ".weight");
    norm.bias = parameter(name + ".bias");
    norm.epsilon = m_config.epsilon;
    return norm;
}

Tensor TextNetwork::dropped(const Tensor& x, ForwardContext& context) const
{
    return nn::dropout(x, context.dropout(m_dropout));
}

Tensor TextNetwork::attend(std::size_t layer, const Tensor& qkv, const TextBatch& batch) const
{
    const auto mix = [this](const Tensor& rows, const Tensor& offsets, const Tensor& firstQueries) {
        return softmaxAttention(rows, offsets, m_config.heads, {}, !m_config.isEncoder(), firstQueries);
    };
    const AttentionView* view = batch.view.get();
    return view ? view->restore(mix(view->arrange(layer, qkv), view->offsets, view->firstQueries))
                : mix(qkv, batch.offsets, {});
}

Tensor TextNetwork::words() const
{
    if (m_config.vocabulary == 0)
        throw Error(ErrorKind::Usage, "this text model has no table of words", "give it vectors");
    return m_parameters.front().second;
}

Tensor TextNetwork::wordVectors(const Tensor& tokens) const
{
    return nn::embedding(words(), tokens);
}

Tensor TextNetwork::outputTable() const
{
    if (m_config.isEncoder() || (!m_config.tied && !m_config.head))
        throw Error(ErrorKind::Usage, "this text model has no output table", "use its hidden vectors");
    return m_config.tied ? words() : parameter("lm_head.weight");
}

Tensor meanRows(const Tensor& rows, const TextBatch& batch)
{
    const Tensor lengths = batch.lengths();
    const Tensor owners = sentTo(rows.device(), torch::repeat_interleave(lengths).to(torch::kInt32));
    return rowSums(rows, owners, batch.texts()) / sentTo(rows.device(), lengths.to(rows.scalar_type())).unsqueeze(1);
}

std::unique_ptr<TextNetwork> makeTextNetwork(
    Parameters& parameters, const std::string& prefix, const TextModelConfig& config, const TextNetworkOptions& options)
{
    switch (config.family) {
    case TextFamily::Bert: return std::make_unique<BertNetwork>(parameters, prefix, config, options);
    case TextFamily::Gpt2: return std::make_unique<Gpt2Network>(parameters, prefix, config, options);
    case TextFamily::Llama:
    case TextFamily::Qwen2: break;
    }
    return std::make_unique<LlamaNetwork>(parameters, prefix, config, options);
}

} // namespace recoscope::nn
