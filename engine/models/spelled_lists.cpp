// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/spelled_lists.h"

#include <algorithm>
#include <limits>

#include "engine/core/error.h"
#include "engine/nn/neural_trained_model.h"
#include "engine/nn/pass_threads.h"

namespace recoscope {

namespace {

constexpr std::int64_t usersPerSearch = 32; // bounds the rows that are decoded at once

} // namespace

SpelledLists::SpelledLists(std::shared_ptr<const NeuralModel> model, const SpellingModel& generator)
    : m_model(std::move(model))
    , m_generator(generator)
{
}

std::string SpelledLists::description() const
{
    return "lists of a beam of " + std::to_string(listLength()) + "; an item outside counts as missed";
}

void SpelledLists::scoreHiding(const PackedView& histories, const HiddenItems& hidden, std::span<float> out) const
{
    const torch::NoGradGuard guard;
    if (static_cast<std::int64_t>(out.size()) != histories.sequences() * items())
        throw Error(ErrorKind::Usage, "score needs room for every item of each history", "size `out` as [B, V]");
    std::fill(out.begin(), out.end(), -std::numeric_limits<float>::infinity());
    for (std::int64_t begin = 0; begin < histories.sequences(); begin += usersPerSearch)
        scoreUsers(histories, hidden, begin, std::min(begin + usersPerSearch, histories.sequences()), out);
}

void SpelledLists::scoreUsers(const PackedView& histories, const HiddenItems& hidden, std::int64_t begin,
    std::int64_t end, std::span<float> out) const
{
    PackedSequences cut;
    std::vector<std::int64_t> seenOffsets{0};
    std::vector<std::int32_t> seen;
    const std::int32_t start = m_model->startToken();
    for (std::int64_t b = begin; b < end; ++b) {
        const auto all = histories.sequence(b);
        for (const std::int32_t item : all)
            if (item < 0 || item >= m_model->items())
                throw Error(ErrorKind::Usage, "item index " + std::to_string(item) + " is outside the catalogue",
                    "map ids through the prepared data first");
        const auto kept = all.last(std::min(all.size(), static_cast<std::size_t>(maxLength())));
        cut.append(kept.empty() ? std::span(&start, 1) : kept);
        const auto own = hidden.of(b);
        seen.insert(seen.end(), own.begin(), own.end());
        seenOffsets.push_back(static_cast<std::int64_t>(seen.size()));
    }
    std::int64_t work = 0;
    for (std::int64_t b = 0; b < end - begin; ++b) {
        const std::int64_t tokens = std::ssize(cut.view().sequence(b)) * m_generator.names().depth();
        work += tokens * (tokens + 64);
    }
    const PassThreads threads(work);
    const auto decoder = m_generator.decoder(makePackedBatch(cut.view()));
    const auto lists = beamSearch(m_generator.names(), *decoder,
        {.users = end - begin, .width = m_generator.beamWidth(), .seenOffsets = seenOffsets, .seen = seen});
    for (std::size_t user = 0; user < lists.size(); ++user)
        for (const BeamItem& found : lists[user])
            out[(static_cast<std::size_t>(begin) + user) * static_cast<std::size_t>(items())
                + static_cast<std::size_t>(found.item)]
                = static_cast<float>(found.score);
}

std::shared_ptr<const TrainedModel> asTrainedModel(std::shared_ptr<const NeuralModel> model)
{
    if (const auto* generator = dynamic_cast<const SpellingModel*>(model.get()))
        return std::make_shared<SpelledLists>(std::move(model), *generator);
    return std::make_shared<NeuralTrainedModel>(std::move(model));
}

} // namespace recoscope
