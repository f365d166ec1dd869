// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The network of TIGER: SASRec's causal layers over the tokens of the history's names, one after another, that predict
// the next token. Shared by training and beam search.
#pragma once

#include <span>

#include "engine/models/sasrec_network.h"
#include "engine/models/spelling_model.h"

namespace recoscope {

class Tiger : public SasRec, public SpellingModel {
public:
    explicit Tiger(const ModelSetup& setup);

    // flops() of SasRec: lengths and scores are of tokens.
    // State behind the last token of every event: [T, D].
    torch::Tensor encodeRows(
        const PackedBatch& batch, ForwardContext& context, const torch::Tensor& asked) const override;
    // Error{Refused}: items have names and no vectors.
    torch::Tensor itemTable() const override;
    std::unique_ptr<ModelLoss> ownLoss() const override;
    std::int64_t attentionLayers() const override { return 0; } // its maps are of tokens, not of events

    const PrefixTrie& names() const override { return m_trie; }
    std::int64_t beamWidth() const override { return m_beam; }
    std::string namesDescription() const override;
    std::unique_ptr<BeamForm> beamForm() const override;
    std::span<const std::int32_t> nameOf(std::int32_t item) const { return m_names.of(item); }

    // Here and below batches are of the processor. Tokens of packed events, and of one event more behind each sequence
    // where `next` [B] is given.
    struct Spelled {
        PackedBatch tokens;
        std::vector<std::int64_t> lastRows; // [T] row of the last token of each event of the batch
    };
    Spelled spelled(const PackedBatch& batch, std::span<const std::int32_t> next = {}) const;
    // Rows that predict tokens of `next` and of all events but the first, and these tokens.
    struct Predictions {
        PackedBatch tokens; // without the last token of each sequence, which nothing follows
        torch::Tensor rows; // [M] int64
        torch::Tensor following; // [M] int32
    };
    Predictions predictions(const PackedBatch& batch, std::span<const std::int32_t> next) const;
    // [tokens of the names, D] that logits are products with.
    torch::Tensor tokenTable() const { return itemEmbedding.slice(0, 0, m_trie.vocabulary()); }
    // Tokens of the processor -> [tokens, D].
    torch::Tensor tokenRows(const PackedBatch& tokens, ForwardContext& context) const;

protected:
    bool hasRows() const override { return false; } // its rows are tokens

private:
    Tiger(const ModelSetup& setup, TokenSequences names);

    TokenSequences m_names; // [items+1], the start token's last
    PrefixTrie m_trie;
    std::int64_t m_beam;
};

std::unique_ptr<BeamForm> makeTigerForm(const Tiger& model);

} // namespace recoscope
