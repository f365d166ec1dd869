// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One picture of who reads whom out of the passes of a token chain (nn/token_chain.h). The rows of the picture are the
// history's events and each new token once, in the order of the passes; a token that is read again in a later pass is
// the column where it was made.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/models/trained_model.h"

namespace recoscope::nn {

// Collects the attention of passes over one history. Not thread-safe.
class ChainPictures : public ModelObserver {
public:
    // The next pass reads the tokens of these rows of the picture, and then as many new rows as it has.
    void beginPass(std::vector<std::int32_t> tokensRead);
    // Rows of the picture so far; known once the pass has run.
    std::int32_t rows() const { return m_rows + m_own; }
    // Everything that was collected, as "token_attention".
    void report(ModelObserver& observer) const;

    bool wants(const std::string& name) const override { return name == "attention"; }
    void onAttention(
        int layer, int head, std::int64_t rows, std::int64_t columns, const float* weights, bool rowsSumToOne) override;

private:
    struct Block {
        std::vector<std::int32_t> place; // row of the picture of each row of the pass
        std::size_t read = 0; // of these, tokens of earlier passes; what they read was shown there
        std::vector<float> weights; // [place, place]
    };

    std::vector<std::int32_t> m_read;
    std::int32_t m_rows = 0, m_own = 0; // before the pass; new in it
    std::map<std::pair<int, int>, std::vector<Block>> m_blocks; // by layer and head
    bool m_sumToOne = true;
};

} // namespace recoscope::nn
