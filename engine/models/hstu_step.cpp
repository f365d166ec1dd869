// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/hstu_step.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "engine/kernels/ops.h"
#include "engine/nn/step_layers.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

using nn::StepVector;

float siluOf(float x)
{
    return x / (1.0f + std::exp(-x));
}

struct HstuStepLayer {
    nn::StepNorm inputNorm, attentionNorm;
    nn::StepLinear uvqk, out;
    StepVector positionBias, timeBias;
};

struct HstuCache {
    std::vector<StepVector> keys, values; // [heads][events * dim]
};

struct HstuEvent {
    std::int32_t item = 0;
    std::int64_t time = 0;
    std::int32_t level = 0; // of its rating
};

class HstuForm : public IncrementalForm {
public:
    explicit HstuForm(const Hstu& model)
        : shape(model.shape)
        , items(model.items())
        , maxLength(model.setup().maxLength)
        , predictsFirst(model.predictsFirst())
        , table(copyFloats(model.itemTable()))
        , positions(copyFloats(model.positions))
        , gaps(shape.production ? copyFloats(model.gaps) : StepVector())
        , ratings(shape.ratings > 0 ? copyFloats(model.ratings) : StepVector())
        , tag(weightTag(table.data(), static_cast<std::int64_t>(table.size())))
    {
        if (!shape.unitOutput)
            outputNorm.load(model.outputNorm);
        for (const Hstu::Layer& layer : model.layers) {
            HstuStepLayer& w = layers.emplace_back();
            w.inputNorm.load(layer.inputNorm);
            w.attentionNorm.load(layer.attentionNorm);
            const torch::Tensor weight = layer.uvqk.detach().t();
            w.uvqk.load(weight, layer.uvqkBias.defined() ? layer.uvqkBias : torch::zeros({weight.size(0)}));
            w.out.load(layer.out);
            if (!shape.relativeBias)
                continue;
            w.positionBias = copyFloats(layer.positionBias);
            w.timeBias = copyFloats(layer.timeBias);
        }
    }

    std::unique_ptr<UserState> newState() const override;

    // The user's vector after `window`, whose last event is asked about at `asked`. The caches hold the events before
    // it and gain it when `keep`.
    StepVector row(const std::vector<HstuEvent>& window, std::int64_t event, std::int64_t asked,
        std::vector<HstuCache>& caches, bool keep) const
    {
        const HstuEvent& e = window[event];
        StepVector x = input(e, event, asked);
        for (std::size_t i = 0; i < layers.size(); ++i)
            nn::addTo(x, update(layers[i], caches[i], x, window, event, shape.askedTime ? asked : e.time, keep));
        return normalised(x);
    }

    const HstuShape shape;
    const std::int64_t items, maxLength;
    const bool predictsFirst;
    const StepVector table, positions, gaps, ratings;
    const std::uint64_t tag;
    nn::StepNorm outputNorm;
    std::vector<HstuStepLayer> layers;

private:
    StepVector input(const HstuEvent& e, std::int64_t place, std::int64_t asked) const
    {
        const std::int64_t width = shape.width, itemWidth = shape.itemWidth();
        const auto scale = static_cast<float>(shape.inputScale());
        const auto rowOf
            = [](const StepVector& t, std::int64_t row, std::int64_t rowWidth) { return t.begin() + row * rowWidth; };
        StepVector x(rowOf(table, e.item, itemWidth), rowOf(table, e.item + 1, itemWidth));
        if (!shape.production && shape.ratings > 0)
            x.insert(
                x.end(), rowOf(ratings, e.level, shape.ratingWidth), rowOf(ratings, e.level + 1, shape.ratingWidth));
        for (std::int64_t i = 0; i < width; ++i)
            x[i] = x[i] * scale + positions[place * width + i];
        if (!shape.production)
            return x;
        const std::int64_t gap = hstuGapBucket(shape.askedTime ? asked - e.time : 0);
        for (std::int64_t i = 0; i < width; ++i)
            x[i] += gaps[gap * width + i] + (shape.ratings > 0 ? ratings[e.level * width + i] : 0.0f);
        return x;
    }

    // The part of the row that stands for items.
    StepVector normalised(StepVector x) const
    {
        x.resize(static_cast<std::size_t>(shape.itemWidth()));
        if (!shape.unitOutput)
            return outputNorm(x);
        float squares = 0.0f;
        for (const float v : x)
            squares += v * v;
        const float length = std::max(std::sqrt(squares), 1e-6f);
        for (float& v : x)
            v /= length;
        return x;
    }

    // What a layer adds to its input.
    StepVector update(const HstuStepLayer& w, HstuCache& cache, const StepVector& x,
        const std::vector<HstuEvent>& window, std::int64_t event, std::int64_t asked, bool keep) const
    {
        const std::int64_t values = shape.valueWidth();
        StepVector rows = w.uvqk(w.inputNorm(x));
        for (std::size_t i = 0; i < (shape.production ? static_cast<std::size_t>(values) : rows.size()); ++i)
            rows[i] = siluOf(rows[i]);
        StepVector bias(event + 1, 0.0f), mixed(values, 0.0f);
        for (std::int64_t j = 0; shape.relativeBias && j <= event; ++j)
            bias[j] = w.positionBias[event - j] + w.timeBias[kernels::timeBucket(asked - window[j].time)];
        for (std::int64_t h = 0; h < shape.heads; ++h)
            mixHead(cache, h, rows.data() + values, bias, keep, mixed.data() + h * shape.valueDim);
        const StepVector normed = w.attentionNorm(mixed);
        StepVector gated;
        if (shape.concatenate) {
            gated.assign(rows.begin(), rows.begin() + values);
            const StepVector& second = shape.production ? mixed : normed;
            gated.insert(gated.end(), second.begin(), second.end());
        }
        for (std::int64_t i = 0; i < values; ++i)
            gated.push_back(rows[i] * normed[i]);
        return w.out(gated);
    }

    // `vqk` is [V | Q | K] of the newest row.
    void mixHead(
        HstuCache& cache, std::int64_t h, const float* vqk, const StepVector& bias, bool keep, float* out) const
    {
        const std::int64_t n = shape.queryDim, m = shape.valueDim;
        const auto events = static_cast<std::int64_t>(bias.size());
        const float *query = vqk + shape.valueWidth() + h * n, *key = query + shape.heads * n, *value = vqk + h * m;
        StepVector &keys = cache.keys[h], &values = cache.values[h];
        keys.insert(keys.end(), key, key + n);
        values.insert(values.end(), value, value + m);
        StepVector weights(events);
        kernels::scoreAll(events, n, query, keys.data(), nullptr, weights.data());
        const float scale = shape.production ? 1.0f / std::sqrt(static_cast<float>(n)) : 1.0f;
        const float count = static_cast<float>(shape.paddedNormaliser ? maxLength : events);
        for (std::int64_t j = 0; j < events; ++j) {
            const float weight = siluOf(weights[j] * scale + bias[j]) / count;
            for (std::int64_t i = 0; i < m; ++i)
                out[i] += weight * values[j * m + i];
        }
        if (keep)
            return;
        keys.resize(keys.size() - n);
        values.resize(values.size() - m);
    }
};

class HstuState : public UserStateBase {
public:
    explicit HstuState(std::shared_ptr<const HstuForm> form)
        : UserStateBase(form->tag, form->items)
        , m_form(std::move(form))
        , m_vector(m_form->shape.itemWidth(), 0.0f)
    {
        clear();
        if (m_form->predictsFirst)
            m_vector = m_form->row({HstuEvent{static_cast<std::int32_t>(m_form->items), 0}}, 0, 0, m_caches, false);
    }

    std::int64_t bytes() const override
    {
        const HstuShape& s = m_form->shape;
        const auto events = static_cast<std::int64_t>(m_window.size());
        return events
            * (s.layers * s.heads * (s.queryDim + s.valueDim) * 4 + static_cast<std::int64_t>(sizeof(HstuEvent)));
    }
    void userVector(std::span<float> out) const override { std::copy(m_vector.begin(), m_vector.end(), out.begin()); }

    // Of events that later ones push out of the window nothing is computed.
    void appendSequence(const PackedView& events, std::int64_t b) override
    {
        if (std::ssize(m_window) + std::ssize(events.sequence(b)) <= m_form->maxLength)
            return UserStateBase::appendSequence(events, b);
        holdEach(events, b,
            [this](std::int32_t item, std::int64_t time, float feedback, EventMark) { hold(item, time, feedback); });
        replay();
    }

protected:
    void stepRated(std::int32_t item, std::int64_t time, float feedback, EventMark) override
    {
        const auto held = static_cast<std::int64_t>(m_window.size());
        hold(item, time, feedback);
        if (held == m_form->maxLength)
            return replay();
        if (held > 0)
            m_form->row(m_window, held - 1, time, m_caches, true);
        m_vector = m_form->row(m_window, held, time, m_caches, false);
    }

    // The window alone, an event as its item, two words of its time and, where ratings are read, its level: keys and
    // values follow from it.
    std::vector<float> content() const override
    {
        std::vector<float> values;
        for (const HstuEvent& e : m_window) {
            const auto time = static_cast<std::uint64_t>(e.time);
            const std::array words{static_cast<std::uint32_t>(e.item), static_cast<std::uint32_t>(time),
                static_cast<std::uint32_t>(time >> 32), static_cast<std::uint32_t>(e.level)};
            for (std::size_t i = 0; i < wordsOfEvent(); ++i)
                values.push_back(std::bit_cast<float>(words[i]));
        }
        return values;
    }

    bool restore(const std::vector<float>& values, std::int64_t events) override
    {
        const std::size_t words = wordsOfEvent();
        if (values.size() != words * static_cast<std::size_t>(std::min(events, m_form->maxLength)))
            return false;
        std::vector<HstuEvent> window;
        for (std::size_t i = 0; i < values.size(); i += words) {
            const auto word = [&](std::size_t k) { return std::bit_cast<std::uint32_t>(values[i + k]); };
            const std::uint32_t level = rated() ? word(3) : 0;
            if (word(0) >= m_form->items || (rated() && level >= m_form->shape.ratings))
                return false;
            window.push_back({static_cast<std::int32_t>(word(0)),
                static_cast<std::int64_t>(word(1) | static_cast<std::uint64_t>(word(2)) << 32),
                static_cast<std::int32_t>(level)});
        }
        m_window = std::move(window);
        replay();
        return true;
    }

private:
    bool rated() const { return m_form->shape.ratings > 0; }
    std::size_t wordsOfEvent() const { return rated() ? 4 : 3; }

    void clear()
    {
        const auto heads = static_cast<std::size_t>(m_form->shape.heads);
        m_caches.assign(
            m_form->layers.size(), HstuCache{std::vector<StepVector>(heads), std::vector<StepVector>(heads)});
    }

    void hold(std::int32_t item, std::int64_t time, float feedback)
    {
        m_window.push_back({item, time, rated() ? m_form->shape.ratingLevel(feedback) : 0});
    }

    // The last maxLength events, from the first on.
    void replay()
    {
        if (std::ssize(m_window) > m_form->maxLength)
            m_window.erase(m_window.begin(), m_window.end() - m_form->maxLength);
        clear();
        const auto count = static_cast<std::int64_t>(m_window.size());
        for (std::int64_t i = 0; i + 1 < count; ++i)
            m_form->row(m_window, i, m_window[i + 1].time, m_caches, true);
        if (count > 0)
            m_vector = m_form->row(m_window, count - 1, m_window.back().time, m_caches, false);
    }

    std::shared_ptr<const HstuForm> m_form;
    std::vector<HstuEvent> m_window;
    std::vector<HstuCache> m_caches;
    StepVector m_vector;
};

std::unique_ptr<UserState> HstuForm::newState() const
{
    return std::make_unique<HstuState>(std::static_pointer_cast<const HstuForm>(shared_from_this()));
}

} // namespace

std::shared_ptr<const IncrementalForm> makeHstuForm(const Hstu& model)
{
    return std::make_shared<HstuForm>(model);
}

} // namespace recoscope
