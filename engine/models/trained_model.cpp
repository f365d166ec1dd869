// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/trained_model.h"

#include "engine/core/error.h"
#include "engine/models/each_event.h"

namespace recoscope {

void TrainedModel::encodeLast(const PackedView&, std::span<float>) const
{
    throw Error(ErrorKind::Refused, modelName() + " has no user vectors", "use its scores instead");
}

void TrainedModel::predictFeedback(const PackedView&, std::span<const std::int32_t>, std::span<float>) const
{
    throw Error(ErrorKind::Refused, modelName() + " does not predict feedback", "choose a run of a model that does");
}

void TrainedModel::observe(const PackedView&, ModelObserver&) const
{
    throw Error(ErrorKind::Refused, modelName() + " has no layers to look into", "choose a run of a neural model");
}

void TrainedModel::appendToStates(std::span<UserState* const> states, const PackedView& events) const
{
    appendOneByOne(states, events);
}

void TrainedModel::userVectors(std::span<UserState* const> states, std::span<float> out) const
{
    vectorsOneByOne(states, out);
}

void requireOneEach(std::span<UserState* const> states, const PackedView& events)
{
    if (std::ssize(states) != events.sequences())
        throw Error(ErrorKind::Usage,
            std::to_string(states.size()) + " states and " + std::to_string(events.sequences())
                + " sequences of events",
            "pass one sequence for each state");
}

void appendOneByOne(std::span<UserState* const> states, const PackedView& events)
{
    requireOneEach(states, events);
    for (std::size_t b = 0; b < states.size(); ++b)
        states[b]->appendSequence(events, static_cast<std::int64_t>(b));
}

void vectorsOneByOne(std::span<UserState* const> states, std::span<float> out)
{
    const std::size_t width = states.empty() ? 0 : out.size() / states.size();
    for (std::size_t b = 0; b < states.size(); ++b)
        states[b]->userVector(out.subspan(b * width, width));
}

void UserState::appendSequence(const PackedView& events, std::int64_t b)
{
    eachEvent(events, b, [this](std::int32_t item, std::int64_t time, float feedback, EventMark mark) {
        appendRated(item, time, feedback, mark);
    });
}

} // namespace recoscope
