// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/spelled_lists.h"

#include <algorithm>
#include <iterator>

#include "engine/core/error.h"
#include "engine/nn/neural_trained_model.h"
#include "engine/nn/pass_threads.h"

namespace recoscope {

namespace {

constexpr std::int64_t usersPerSearch = 32; // bounds the rows that are decoded at once

} // namespace

SpelledLists::SpelledLists(std::shared_ptr<const NeuralModel> model, const SpellingModel& generator, std::int64_t width,
    std::shared_ptr<const BeamForm> form)
    : m_model(std::move(model))
    , m_generator(generator)
    , m_form(form ? std::move(form) : generator.beamForm())
    , m_width(width)
{
    if (width < 1 || width > BeamRequest::widest)
        throw Error(ErrorKind::Usage, "a beam of width " + std::to_string(width),
            "choose 1 to " + std::to_string(BeamRequest::widest));
}

std::string SpelledLists::description() const
{
    return "lists of a beam of " + std::to_string(m_width) + "; an item outside counts as missed; "
        + m_generator.namesDescription();
}

void SpelledLists::score(const PackedView& histories, std::span<float> out) const
{
    if (static_cast<std::int64_t>(out.size()) != histories.sequences() * items())
        throw Error(ErrorKind::Usage, "score needs room for every item of each history", "size `out` as [B, V]");
    scoreHiding(histories, {}, out);
}

std::shared_ptr<const TrainedModel> SpelledLists::ofLength(std::int64_t length) const
{
    return std::make_shared<SpelledLists>(m_model, m_generator, length, m_form);
}

std::vector<std::vector<BeamItem>> SpelledLists::lists(
    const PackedView& histories, const HiddenItems& hidden, BeamTimes* times) const
{
    std::vector<std::vector<BeamItem>> all;
    for (std::int64_t begin = 0; begin < histories.sequences(); begin += usersPerSearch) {
        auto some = search(histories, hidden, begin, std::min(begin + usersPerSearch, histories.sequences()), times);
        std::move(some.begin(), some.end(), std::back_inserter(all));
    }
    return all;
}

std::vector<std::vector<BeamItem>> SpelledLists::search(const PackedView& histories, const HiddenItems& hidden,
    std::int64_t begin, std::int64_t end, BeamTimes* times) const
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
    const auto decoder = m_form->decoder(cut.view());
    return beamSearch(m_generator.names(), *decoder,
        {.users = end - begin, .width = m_width, .seenOffsets = seenOffsets, .seen = seen, .times = times});
}

std::shared_ptr<const TrainedModel> asTrainedModel(std::shared_ptr<const NeuralModel> model)
{
    if (const auto* generator = dynamic_cast<const SpellingModel*>(model.get()))
        return std::make_shared<SpelledLists>(std::move(model), *generator, generator->beamWidth());
    return std::make_shared<NeuralTrainedModel>(std::move(model));
}

} // namespace recoscope
