// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/chain_pictures.h"

namespace recoscope::nn {

void ChainPictures::beginPass(std::vector<std::int32_t> tokensRead)
{
    m_rows += m_own;
    m_own = 0;
    m_read = std::move(tokensRead);
}

void ChainPictures::onAttention(
    int layer, int head, std::int64_t rows, std::int64_t columns, const float* weights, bool rowsSumToOne)
{
    m_sumToOne = rowsSumToOne;
    m_own = static_cast<std::int32_t>(rows - std::ssize(m_read));
    Block block{m_read, m_read.size(), {weights, weights + rows * columns}};
    for (std::int32_t own = 0; own < m_own; ++own)
        block.place.push_back(m_rows + own);
    m_blocks[{layer, head}].push_back(std::move(block));
}

void ChainPictures::report(ModelObserver& observer) const
{
    const auto all = static_cast<std::size_t>(rows());
    for (const auto& [map, blocks] : m_blocks) {
        std::vector<float> picture(all * all);
        for (const Block& block : blocks) {
            const std::size_t length = block.place.size();
            for (std::size_t row = block.read; row < length; ++row)
                for (std::size_t column = 0; column < length; ++column)
                    picture[static_cast<std::size_t>(block.place[row]) * all
                        + static_cast<std::size_t>(block.place[column])]
                        = block.weights[row * length + column];
        }
        observer.onAttention(map.first, map.second, rows(), rows(), picture.data(), m_sumToOne);
    }
}

} // namespace recoscope::nn
