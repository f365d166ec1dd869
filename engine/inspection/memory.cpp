// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/memory.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/inspection/arrays.h"

namespace recoscope {

namespace {

// [layers, width] the states after the last event; zeros when there is no event.
std::vector<float> lastStates(const RecurrentStates& states)
{
    const std::int64_t width = states.channels * (states.complex ? 2 : 1);
    std::vector<float> last;
    for (std::int64_t layer = 0; layer < states.layers; ++layer) {
        const auto row = states.values.begin() + ((layer + 1) * states.length - 1) * width;
        last.insert(last.end(), row, row + width);
    }
    return last;
}

PackedSequences withoutEvent(const RecurrentStates& whole, std::int64_t event)
{
    std::vector<std::int32_t> items = whole.items;
    std::vector<std::int64_t> times = whole.times;
    items.erase(items.begin() + event);
    if (!times.empty())
        times.erase(times.begin() + event);
    PackedSequences one;
    one.append(items, times);
    return one;
}

double medianOf(std::vector<double> values)
{
    if (values.empty())
        return 0.0;
    std::sort(values.begin(), values.end());
    const double low = values[(values.size() - 1) / 2], high = values[values.size() / 2];
    return low == high ? low : (low + high) / 2; // equal infinities stay what they are
}

} // namespace

double eventsUntil(double magnitude, double share)
{
    if (magnitude <= 0.0)
        return 0.0;
    if (magnitude >= 1.0)
        return std::numeric_limits<double>::infinity();
    return std::log(share) / std::log(magnitude);
}

std::vector<float> memoryLengths(const Eigenvalues& eigenvalues, double share)
{
    std::vector<float> lengths;
    for (const float magnitude : eigenvalues.magnitudes())
        lengths.push_back(static_cast<float>(eventsUntil(magnitude, share)));
    return lengths;
}

std::vector<double> impulseResponse(std::complex<double> lambda, std::int64_t events)
{
    std::vector<double> response;
    std::complex<double> left = 1.0;
    for (std::int64_t n = 0; n <= events; ++n, left *= lambda)
        response.push_back(left.real());
    return response;
}

std::vector<LayerMemory> layerMemories(const Eigenvalues& eigenvalues, std::int64_t history)
{
    const std::vector<float> magnitudes = eigenvalues.magnitudes();
    std::vector<LayerMemory> layers;
    for (std::int64_t layer = 0; layer < eigenvalues.layers; ++layer) {
        const auto first = magnitudes.begin() + layer * eigenvalues.channels;
        const std::vector<double> sizes(first, first + eigenvalues.channels);
        std::vector<double> lengths;
        for (const double size : sizes)
            lengths.push_back(eventsUntil(size));
        const auto beyond = std::count_if(
            lengths.begin(), lengths.end(), [history](double length) { return length > static_cast<double>(history); });
        layers.push_back({medianOf(sizes), medianOf(lengths), eigenvalues.channels, beyond});
    }
    return layers;
}

EventEffects eventEffects(const TrainedModel& model, const PackedView& history, Progress& progress)
{
    const auto whole = inspectStates(model, history);
    const std::vector<float> with = lastStates(*whole);
    const std::int64_t width = static_cast<std::int64_t>(with.size()) / whole->layers;
    const std::vector<float> nothing(with.size(), 0.0f);
    EventEffects effects{whole->layers, whole->length, {}};
    effects.change.resize(static_cast<std::size_t>(whole->layers * whole->length));
    for (std::int64_t event = 0; event < whole->length; ++event) {
        progress.checkCancelled();
        progress.update(static_cast<double>(event) / static_cast<double>(whole->length), "leave one event out");
        // Without its only event a history leaves the state empty.
        const std::vector<float> without
            = whole->length == 1 ? nothing : lastStates(*inspectStates(model, withoutEvent(*whole, event).view()));
        for (std::int64_t layer = 0; layer < whole->layers; ++layer) {
            effects.change[static_cast<std::size_t>(layer * whole->length + event)]
                = relativeChange(with.data() + layer * width, without.data() + layer * width, width);
        }
    }
    return effects;
}

} // namespace recoscope
