// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What a step of training costs: the operations of Objective::loss() and of its gradient, without computing either.
#include <cmath>

#include "engine/training/objective.h"

namespace recoscope {

// Items whose vectors a step asks for, each once: in expectation, so that the count is no matter of luck.
void Objective::addReads(const NeuralModel& model, const TrainingBatch& batch, std::vector<double>& reads) const
{
    const bool ownHead = model.scoredItems({}).defined();
    if (m_kind == Kind::CrossEntropy && !ownHead) {
        for (double& read : reads)
            read += 1.0;
        return;
    }
    std::vector<bool> seen(reads.size(), false);
    const auto see = [&](std::int32_t item) {
        if (!seen[static_cast<std::size_t>(item)])
            reads[static_cast<std::size_t>(item)] += 1.0;
        seen[static_cast<std::size_t>(item)] = true;
    };
    for (const std::int32_t item : batch.inputs.items)
        see(item);
    if (ownHead)
        return;
    for (const std::int32_t item : batch.targets)
        see(item);
    const bool shared = m_kind == Kind::SampledSoftmax && !m_perPosition;
    const double draws = static_cast<double>(m_negatives) * (shared ? 1.0 : static_cast<double>(batch.targets.size()));
    for (std::int64_t item = 0; item < m_items; ++item)
        if (!seen[static_cast<std::size_t>(item)])
            reads[static_cast<std::size_t>(item)] -= std::expm1(draws * std::log1p(-drawShare(item, shared)));
}

// Probability that one draw of a negative gives the item.
double Objective::drawShare(std::int64_t item, bool shared) const
{
    if (!shared)
        return 1.0 / static_cast<double>(m_items);
    const double before = item > 0 ? m_cumulative[static_cast<std::size_t>(item) - 1] : 0.0;
    return (m_cumulative[static_cast<std::size_t>(item)] - before) / m_cumulative.back();
}

FlopCount Objective::flops(const NeuralModel& model, const TrainingBatch& batch) const
{
    if (m_own)
        return m_own->flops(lossBatch(draw(model, batch, 0)));
    std::vector<std::int64_t> lengths = sequenceLengths(batch.inputs.offsets);
    ScoreWork score{static_cast<double>(batch.targets.size()),
        m_kind == Kind::CrossEntropy ? static_cast<double>(m_items) + 1.0 : 1.0 + static_cast<double>(m_negatives)};
    if (model.asksAtMask())
        score.rows = addMasks(model, batch, lengths);
    return model.flops(lengths, score);
}

// From windows to the sequences that mask() makes of them, and how many events it hides in expectation: each of n with
// the ratio r, and one where none is, n r + (1 - r)^n.
double Objective::addMasks(
    const NeuralModel& model, const TrainingBatch& batch, std::vector<std::int64_t>& lengths) const
{
    const double ratio = model.setup().parameters.at("mask_ratio");
    double hidden = 0.0;
    for (std::size_t b = 0; b < lengths.size(); ++b) {
        const bool fromStart
            = batch.inputs.items[static_cast<std::size_t>(batch.inputs.offsets[b])] == model.startToken();
        if (!fromStart && lengths[b] < model.setup().maxLength)
            ++lengths[b];
        const auto events = static_cast<double>(lengths[b]);
        hidden += events * ratio + std::pow(1.0 - ratio, events);
    }
    return hidden;
}

} // namespace recoscope
