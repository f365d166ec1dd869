// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The learnable tokens of PerSRec around any attention model: where they stand (nn/segments.h), what they start from,
// and the two ways through the layers, all rows in one pass or segment by segment with only the tokens' keys and values
// kept. Both give the same vectors.
//
// A token stands at the place and the time of the last event of its segment. That event is asked at its own time, so
// that nothing of a segment depends on what follows it; what follows is predicted from the segment's last token.
#pragma once

#include "engine/nn/history_compression.h"

namespace recoscope::nn {

class HistoryTokens : public HistoryCompression {
public:
    // Adds "tokens" [k, D] to the model's parameters. Keys as HistoryCompression's and `initialisation`.
    HistoryTokens(Parameters& parameters, const Json& settings, std::int64_t width, std::int64_t maxLength);

    torch::Tensor encode(const AttentionModel& model, const PackedBatch& batch, ForwardContext& context,
        const torch::Tensor& asked = {}) const override;
    void compress(const AttentionModel& model, const PackedBatch& segment, HistoryMemory& memory,
        ForwardContext& context) const override;
    torch::Tensor encodeRecent(const AttentionModel& model, const PackedBatch& recent, const HistoryMemories& memories,
        ForwardContext& context) const override;
    torch::Tensor encodePartial(const AttentionModel& model, const PartialHistories& given, TokenContents* contents,
        ForwardContext& context) const override;
    std::int64_t keptLayers(const AttentionModel& model) const override { return model.layerCount(); }
    std::vector<ColumnRange> keptColumns(const AttentionModel& model) const override { return model.keysAndValues(); }

    // What a pass over rows reads and leaves besides them.
    struct PassOptions {
        HistoryMemories memories{}; // what the rows of each sequence see of earlier segments; or empty
        std::vector<torch::Tensor>* kept = nullptr; // takes the attention rows of all tokens, by layer
        torch::Tensor asked{}; // [R] int64 events whose vectors are wanted; undefined: all
    };
    // One pass over any rows of the events of `given`: [T, D], the vectors that predict what follows each event, or
    // those asked for.
    torch::Tensor encodeRows(const AttentionModel& model, const PackedBatch& given, const SegmentedRows& rows,
        const PassOptions& options, ForwardContext& context) const;

private:
    torch::Tensor insertTokens(const AttentionModel& model, const torch::Tensor& x, const torch::Tensor& positions,
        const SegmentedRows& rows) const;

    const bool m_pooled;
    torch::Tensor m_tokens;
};

} // namespace recoscope::nn
