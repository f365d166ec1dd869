// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway of linearCrossEntropy: walks blocks of rows through the catalogue. The first pass over the chunks leaves
// exponentials and their sums, the second makes gradients of them. Where even few rows of exponentials would be too
// much to keep, the second pass makes them again.
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/cross_entropy_block.h"
#include "engine/kernels/on_device.h"
#include "engine/kernels/parallel.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

namespace recoscope::kernels {

namespace {

using Block = CrossEntropyBlock;
constexpr std::int64_t mostRows = 128;
constexpr std::int64_t keptFloats = std::int64_t(12) << 20; // 48 MiB of exponentials

// Memory of the calling thread that stays for the next call: fresh pages every step would cost more than the sums.
float* keptScratch(std::int64_t floats)
{
    thread_local std::unique_ptr<float[]> buffer;
    thread_local std::int64_t capacity = 0;
    if (floats > capacity) {
        buffer.reset();
        capacity = 0;
        buffer = std::make_unique_for_overwrite<float[]>(floats);
        capacity = floats;
    }
    return buffer.get();
}

class Walk {
public:
    explicit Walk(const LinearCrossEntropy& arguments)
        : a(arguments)
        , m_table(activeTable())
        , m_chunks((a.items + Block::chunkItems - 1) / Block::chunkItems)
        , m_spanChunks(std::max<std::int64_t>(4, (m_chunks + mostSpans - 1) / mostSpans))
        , m_spans((m_chunks + m_spanChunks - 1) / m_spanChunks)
        , m_gradients(a.gradHidden != nullptr)
    {
        const std::int64_t perRow = m_chunks * (Block::chunkItems + 1);
        const std::int64_t fitting = keptFloats / perRow / Block::rowStep * Block::rowStep;
        m_keeps = m_gradients && fitting >= 2 * Block::rowStep;
        m_blockRows = std::min(roundedUp(a.rows), m_keeps ? std::min(mostRows, fitting) : mostRows);
        Block sizes;
        sizes.paddedRows = m_blockRows;
        sizes.panel = m_table.crossEntropyPanel;
        m_chunkFloats = sizes.chunkFloats();
        m_panels.resize(m_blockRows * a.width);
        m_targetLogit.resize(m_blockRows);
        m_maxima.resize(m_chunks * m_blockRows);
        m_sums.resize(m_chunks * m_blockRows);
        if (m_keeps)
            m_exponentials = keptScratch(m_chunks * m_chunkFloats);
        if (m_gradients)
            m_partial.resize(m_spans * m_blockRows * a.width);
    }

    void run()
    {
        for (std::int64_t begin = 0; begin < a.rows; begin += m_blockRows)
            rowBlock(begin, std::min(m_blockRows, a.rows - begin));
    }

private:
    static constexpr std::int64_t mostSpans = 64;

    static std::int64_t roundedUp(std::int64_t rows)
    {
        return (rows + Block::rowStep - 1) / Block::rowStep * Block::rowStep;
    }

    void rowBlock(std::int64_t begin, std::int64_t rows)
    {
        Block b;
        b.rows = rows;
        b.paddedRows = roundedUp(rows);
        b.width = a.width;
        b.hidden = a.hidden + begin * a.width;
        b.panels = m_panels.data();
        b.panel = m_table.crossEntropyPanel;
        b.table = a.table;
        b.bias = a.bias;
        b.targets = a.targets + begin;
        b.targetLogit = m_targetLogit.data();
        b.gradTable = a.gradTable;
        b.gradBias = a.gradBias;
        transpose(b);
        forEachSpan([&](std::int64_t, std::int64_t first, std::int64_t last) {
            for (std::int64_t c = first; c < last; ++c)
                forward(b, c, m_keeps ? m_exponentials + c * m_chunkFloats : threadScratch(m_chunkFloats));
        });
        normalise(b, a.loss + begin);
        if (!m_gradients)
            return;
        forEachSpan([&](std::int64_t s, std::int64_t first, std::int64_t last) { backwardSpan(b, s, first, last); });
        float* grad = a.gradHidden + begin * a.width;
        std::copy_n(m_partial.data(), rows * a.width, grad);
        for (std::int64_t s = 1; s < m_spans; ++s) {
            const float* part = m_partial.data() + s * m_blockRows * a.width;
            for (std::int64_t i = 0; i < rows * a.width; ++i)
                grad[i] += part[i];
        }
    }

    template <class Body> void forEachSpan(const Body& body)
    {
        parallelBlocks(
            m_spans, [&](std::int64_t s) { body(s, s * m_spanChunks, std::min(m_chunks, (s + 1) * m_spanChunks)); });
    }

    void transpose(const Block& b)
    {
        float* to = m_panels.data();
        for (std::int64_t p = 0; p < b.paddedRows; p += b.panel)
            for (std::int64_t d = 0; d < b.width; ++d)
                for (std::int64_t r = p; r < p + b.panel; ++r)
                    *to++ = r < b.rows ? b.hidden[r * b.width + d] : 0.0f;
    }

    std::int64_t itemsOf(std::int64_t chunk) const
    {
        return std::min(Block::chunkItems, a.items - chunk * Block::chunkItems);
    }

    void forward(const Block& b, std::int64_t chunk, float* exponentials)
    {
        m_table.crossEntropyForward(b, chunk * Block::chunkItems, itemsOf(chunk), exponentials,
            m_maxima.data() + chunk * m_blockRows, m_sums.data() + chunk * m_blockRows);
    }

    // Losses, and over each chunk's sums the factor that turns its exponentials into scaled probabilities.
    void normalise(const Block& b, double* loss)
    {
        for (std::int64_t r = 0; r < b.paddedRows; ++r) {
            float top = -std::numeric_limits<float>::infinity();
            for (std::int64_t c = 0; c < m_chunks; ++c)
                top = std::max(top, m_maxima[c * m_blockRows + r]);
            double sum = 0.0;
            for (std::int64_t c = 0; c < m_chunks; ++c)
                sum += static_cast<double>(m_sums[c * m_blockRows + r]) * std::exp(m_maxima[c * m_blockRows + r] - top);
            const double logSum = static_cast<double>(top) + std::log(sum);
            if (r < b.rows)
                loss[r] = logSum - m_targetLogit[r];
            for (std::int64_t c = 0; c < m_chunks; ++c) {
                const auto shift = static_cast<float>(static_cast<double>(m_maxima[c * m_blockRows + r]) - logSum);
                m_sums[c * m_blockRows + r] = r < b.rows ? std::exp(shift) * a.scale : 0.0f;
            }
        }
    }

    void backwardSpan(const Block& b, std::int64_t span, std::int64_t firstChunk, std::int64_t lastChunk)
    {
        float* partial = m_partial.data() + span * m_blockRows * a.width;
        std::fill_n(partial, b.paddedRows * a.width, 0.0f);
        float* scaled = threadScratch(m_blockRows * (a.width + 2) + (m_keeps ? 0 : m_chunkFloats));
        float* again = scaled + m_blockRows * a.width;
        for (std::int64_t c = firstChunk; c < lastChunk; ++c) {
            float* exponentials = m_keeps ? m_exponentials + c * m_chunkFloats : again + 2 * m_blockRows;
            if (!m_keeps)
                m_table.crossEntropyForward(
                    b, c * Block::chunkItems, itemsOf(c), exponentials, again, again + m_blockRows);
            m_table.crossEntropyBackward(
                b, c * Block::chunkItems, itemsOf(c), exponentials, m_sums.data() + c * m_blockRows, scaled, partial);
        }
        subtractTargets(b, firstChunk * Block::chunkItems, lastChunk * Block::chunkItems, partial);
    }

    // The one-hot part of the gradient, for targets in [first, last).
    void subtractTargets(const Block& b, std::int64_t first, std::int64_t last, float* partial)
    {
        for (std::int64_t r = 0; r < b.rows; ++r) {
            const std::int64_t target = b.targets[r];
            if (target < first || target >= last)
                continue;
            for (std::int64_t d = 0; d < b.width; ++d) {
                partial[r * b.width + d] -= a.scale * b.table[target * b.width + d];
                b.gradTable[target * b.width + d] -= a.scale * b.hidden[r * b.width + d];
            }
            if (b.gradBias)
                b.gradBias[target] -= a.scale;
        }
    }

    const LinearCrossEntropy& a;
    const KernelTable& m_table;
    std::int64_t m_chunks, m_spanChunks, m_spans;
    bool m_gradients, m_keeps = false;
    std::int64_t m_blockRows = 0, m_chunkFloats = 0;
    std::vector<float> m_panels, m_targetLogit, m_maxima, m_sums, m_partial;
    float* m_exponentials = nullptr;
};

} // namespace

void linearCrossEntropy(const LinearCrossEntropy& a)
{
    if (!checkArguments(a))
        return;
    checkContents(a);
    if (const DeviceApi* device = activeDevice())
        return runOnDevice(*device, a);
    const KernelTable& table = activeTable();
    if (table.linearCrossEntropy)
        table.linearCrossEntropy(a);
    else
        Walk(a).run();
}

} // namespace recoscope::kernels
