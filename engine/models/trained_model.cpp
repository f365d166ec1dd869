// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/trained_model.h"

#include <limits>
#include <utility>

#include "engine/core/error.h"

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

void UserState::appendSequence(const PackedView& events, std::int64_t b)
{
    for (auto t = static_cast<std::size_t>(events.offsets[b]); std::cmp_less(t, events.offsets[b + 1]); ++t)
        appendRated(events.items[t], events.times.empty() ? 0 : events.times[t],
            events.feedback.empty() ? std::numeric_limits<float>::quiet_NaN() : events.feedback[t],
            events.marks.empty() ? EventMark() : events.marks[t]);
}

} // namespace recoscope
