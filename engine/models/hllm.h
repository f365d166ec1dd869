// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// HLLM as a model of the registry: its user model's layers are there one by one, so that PerSRec can put tokens among
// their rows. Item vectors are read from texts, or given.
#pragma once

#include <optional>

#include "engine/models/registry.h"
#include "engine/models/text_items.h"
#include "engine/models/time_vectors.h"
#include "engine/nn/attention_model.h"
#include "engine/nn/text_families.h"

namespace recoscope {

// The decoder that reads histories.
TextModelConfig historyReader(const Json& parameters, std::int64_t maxLength);

class Hllm : public AttentionModel {
public:
    explicit Hllm(const ModelSetup& setup);

    std::string name() const override { return "hllm"; }
    bool computesItems() const override { return true; }
    bool normalisesItems() const override { return true; }
    torch::Tensor itemTable() const override { return allItemVectors(); }
    torch::Tensor itemVectors(const torch::Tensor& items) const override;
    torch::Tensor logitScale() const override;
    FlopCount itemFlops(std::span<const double> reads) const override;

    torch::Tensor input(const PackedBatch& batch, ForwardContext& context) const override;
    std::int64_t layerCount() const override { return reader().layers; }
    std::int64_t rowWidth() const override { return reader().width; }
    // Positions turn queries and keys instead.
    torch::Tensor placed(const torch::Tensor& rows, const torch::Tensor&) const override { return rows; }
    std::vector<ColumnRange> keysAndValues() const override;
    std::int64_t attentionRowWidth() const override { return 3 * reader().heads * reader().headWidth; }
    FlopCount layerFlops(const SequenceCounts& rows) const override;
    FlopCount endFlops(double events, const ScoreWork& score) const override;
    std::int64_t attentionLayers() const override { return reader().layers; }
    std::int64_t attentionHeads() const override { return reader().heads; }

protected:
    PackedBatch completed(const PackedBatch& given) const override;
    torch::Tensor layerForward(
        int index, const torch::Tensor& x, const PackedBatch& batch, ForwardContext& context) const override;
    torch::Tensor head(const torch::Tensor& rows) const override;

private:
    const TextModelConfig& reader() const { return m_user->config(); }

    double m_dropout, m_timeDropout;
    TextItems m_items;
    nn::Linear m_adapter; // [D, width of given vectors]
    torch::Tensor m_logitScale, m_start; // [1], [1, D]
    std::unique_ptr<nn::LlamaNetwork> m_user;
    std::optional<TimeVectors> m_times;
};

ModelDescriptor hllmDescriptor();

// For models that wrap others by the key `backbone`: whether that is hllm, and what they keep of the catalogue and need
// of the data then.
bool wrapsHllm(const Json& parameters);
FixedTensors keptOfWrapped(const PreparedData& data, const Json& parameters, const FixedTensors* source);
void requireWrapped(const Json& parameters, const DataFacts& data);

} // namespace recoscope
