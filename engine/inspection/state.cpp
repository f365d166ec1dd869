// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/state.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/safetensors.h"
#include "engine/inspection/arrays.h"

namespace recoscope {

namespace {

float lengthOf(const float* state, std::int64_t width)
{
    double square = 0.0;
    for (std::int64_t c = 0; c < width; ++c)
        square += static_cast<double>(state[c]) * state[c];
    return static_cast<float>(std::sqrt(square));
}

// Layers of a history as they come: whole, or some events of each layer at a time.
class StateCollector : public ModelObserver {
public:
    StateCollector(RecurrentStates& states, StateDetail detail)
        : m_states(states)
        , m_detail(detail)
    {
    }
    bool wants(const std::string& name) const override { return name == "state"; }
    void onState(int layer, std::int64_t rows, std::int64_t channels, bool complex, const float* values) override
    {
        if (layer == m_states.layers)
            addLayer(channels, complex);
        std::int64_t& read = m_read.at(static_cast<std::size_t>(layer));
        if (read + rows > m_states.length)
            throw Error(ErrorKind::Internal, "states of more events than the history has", "report this");
        const std::int64_t first = layer * m_states.length + read;
        for (std::int64_t row = 0; row < rows; ++row)
            m_states.norms[static_cast<std::size_t>(first + row)] = lengthOf(values + row * channels, channels);
        if (m_detail == StateDetail::Values)
            std::copy_n(values, rows * channels, m_states.values.begin() + first * channels);
        read += rows;
    }
    void requireAll() const
    {
        for (const std::int64_t read : m_read)
            if (read != m_states.length)
                throw Error(ErrorKind::Internal, "states of fewer events than the history has", "report this");
    }

private:
    void addLayer(std::int64_t channels, bool complex)
    {
        ++m_states.layers;
        m_states.complex = complex;
        m_states.channels = complex ? channels / 2 : channels;
        m_read.push_back(0);
        const auto rows = static_cast<std::size_t>(m_states.layers * m_states.length);
        m_states.norms.resize(rows);
        if (m_detail == StateDetail::Values)
            m_states.values.resize(rows * static_cast<std::size_t>(channels));
    }

    RecurrentStates& m_states;
    StateDetail m_detail;
    std::vector<std::int64_t> m_read; // events, of each layer
};

template <class Function>
std::vector<float> mapped(const std::vector<float>& a, const std::vector<float>& b, Function function)
{
    std::vector<float> out(a.size());
    std::transform(a.begin(), a.end(), b.begin(), out.begin(), function);
    return out;
}

} // namespace

bool keepsState(const TrainedModel& model)
{
    if (!model.linearHead() || model.layers() > 0 || model.items() == 0) // counts, attention
        return false;
    RecurrentStates states;
    states.length = 1;
    PackedSequences one;
    one.append(std::array<std::int32_t, 1>{0});
    StateCollector collector(states, StateDetail::Norms);
    model.observe(one.view(), collector);
    return states.layers > 0;
}

std::shared_ptr<const RecurrentStates> inspectStates(
    const TrainedModel& model, const PackedView& history, StateDetail detail)
{
    if (history.sequences() != 1 || history.events() == 0)
        throw Error(ErrorKind::Usage, "states need one history with at least one event", "choose another user");
    auto states = std::make_shared<RecurrentStates>();
    states->length = std::min(history.events(), model.maxLength());
    keepEvents(history, states->length, states->items, states->times);
    if (model.linearHead()) { // counting models have nothing to observe
        StateCollector collector(*states, detail);
        model.observe(history, collector);
        collector.requireAll();
    }
    if (states->layers == 0)
        throw Error(ErrorKind::Refused, model.modelName() + " keeps no recurrent state to look at",
            "choose a run of lrurec or gru4rec");
    return states;
}

std::vector<float> Eigenvalues::magnitudes() const
{
    return mapped(real, imaginary, [](float re, float im) { return std::hypot(re, im); });
}

std::vector<float> Eigenvalues::halfLives() const
{
    return mapped(real, imaginary, [](float re, float im) {
        const double size = std::hypot(static_cast<double>(re), static_cast<double>(im));
        return static_cast<float>(std::log(0.5) / std::log(size));
    });
}

Eigenvalues readEigenvalues(const Path& weights)
{
    const SafetensorsFile file(weights);
    Eigenvalues eigenvalues;
    for (std::int64_t layer = 0;; ++layer) {
        // [3, S]: the logarithms of nu, theta and gamma, as the published model stores them.
        const std::string name = "blocks." + std::to_string(layer) + ".lru.params_log";
        if (!file.contains(name))
            return eigenvalues;
        const TensorView& ring = file.at(name);
        const std::int64_t channels = ring.shape.size() == 2 && ring.shape[0] == 3 ? ring.shape[1] : 0;
        if (channels == 0 || (layer > 0 && channels != eigenvalues.channels))
            throw Error(ErrorKind::Input, weights.string() + ": tensor " + name + " has an unexpected shape",
                "restore the file, or train the run again");
        const std::vector<double> logs = ring.toDouble();
        for (std::int64_t c = 0; c < channels; ++c) {
            const double size = std::exp(-std::exp(logs[c])), angle = std::exp(logs[channels + c]);
            eigenvalues.real.push_back(static_cast<float>(size * std::cos(angle)));
            eigenvalues.imaginary.push_back(static_cast<float>(size * std::sin(angle)));
        }
        eigenvalues.channels = channels;
        ++eigenvalues.layers;
    }
}

void writeStates(const RecurrentStates& states, const Eigenvalues& eigenvalues, const Path& npz)
{
    std::vector<std::int64_t> shape = {states.layers, states.length};
    if (states.complex)
        shape.push_back(2);
    shape.push_back(states.channels);
    std::vector<NamedArray> arrays = {namedArray<float>("state", shape, states.values),
        namedArray<float>("norm", {states.layers, states.length}, states.norms),
        namedArray<std::int32_t>("items", {states.length}, states.items)};
    if (!states.times.empty())
        arrays.push_back(namedArray<std::int64_t>("times", {states.length}, states.times));
    if (eigenvalues.layers > 0) {
        const std::vector<std::int64_t> ring = {eigenvalues.layers, eigenvalues.channels};
        arrays.push_back(namedArray<float>("eigenvalue_real", ring, eigenvalues.real));
        arrays.push_back(namedArray<float>("eigenvalue_imag", ring, eigenvalues.imaginary));
        arrays.push_back(namedArray<float>("half_life", ring, eigenvalues.halfLives()));
    }
    writeNpz(npz, arrays);
}

} // namespace recoscope
