// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// SASRec's layers over item vectors that an heir reads from texts, and what the models that read texts have in common:
// the keys of the user part, of texts and of losses. Equations: docs/models.md.
#pragma once

#include <string>

#include "engine/models/common_schema.h"
#include "engine/models/sasrec_network.h"

namespace recoscope {

class TextSasRec : public SasRec {
public:
    bool computesItems() const override { return true; }
    torch::Tensor itemVectors(const torch::Tensor& items) const override;
    torch::Tensor itemTable() const override;

protected:
    // `setup.parameters` has the keys of schema::textUser(). The heir's constructor ends with finish().
    TextSasRec(const std::string& name, const ModelSetup& setup);
    void finish(); // adds the start token's vector; all parameters are there then

    // Vectors of items [n] int32 of the processor from their texts, [n, D]. What it gives for the start token is not
    // read.
    virtual torch::Tensor readItems(const torch::Tensor& items) const = 0;
    torch::Tensor inputRows(const torch::Tensor& items, ForwardContext& context) const override;

private:
    torch::Tensor m_start; // [1, D]
};

// The texts that a run keeps. Error{Input} without.
const FixedTensors& keptTexts(const ModelSetup& setup);

namespace schema {

// hidden, layers, heads, inner, dropout, attention_dropout, norm.
ParameterSchema textUser(const std::string& norm);
// tokenizer, pieces, title_pieces, brand_pieces (item_pieces.h).
ParameterSchema itemTexts();
// losses() of these kinds. Never gBCE, which does not train item vectors that share parts: on the sample data it ended
// below the most popular items.
ParameterSchema textLosses(
    const Json& defaults, const std::vector<std::string>& kinds = {"cross_entropy", "bce", "sampled_softmax"});

} // namespace schema

} // namespace recoscope
