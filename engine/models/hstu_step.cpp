// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/hstu_step.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "engine/models/hstu_rows.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

using nn::StepVector;

struct HstuEvent {
    std::int32_t item = 0;
    std::int64_t time = 0;
    std::int32_t level = 0; // of its rating
};

class HstuForm : public IncrementalForm {
public:
    explicit HstuForm(const Hstu& model)
        : rows(model)
        , shape(model.shape)
        , items(model.items())
        , maxLength(model.setup().maxLength)
        , predictsFirst(model.predictsFirst())
        , m_table(copyFloats(model.itemTable()))
        , m_positions(copyFloats(model.positions))
        , m_gaps(shape.production ? copyFloats(model.gaps) : StepVector())
        , m_ratings(shape.ratings > 0 ? copyFloats(model.ratings) : StepVector())
    {
        if (!shape.unitOutput)
            m_outputNorm.load(model.outputNorm);
        tag = weightTag(m_table.data(), static_cast<std::int64_t>(m_table.size()));
    }

    std::unique_ptr<UserState> newState() const override;

    // The user's vector after `window`, of which the caches hold the first `kept` events and gain all but the last:
    // that one stays open, and is asked about at its own time.
    StepVector vectorAfter(
        const std::vector<HstuEvent>& window, std::int64_t kept, std::vector<HstuRows::Cache>& caches) const
    {
        std::vector<std::int64_t> times, asked;
        for (const HstuEvent& e : window)
            times.push_back(e.time);
        asked.assign(times.begin() + 1, times.end());
        asked.push_back(times.back());
        StepVector x;
        for (auto i = static_cast<std::size_t>(kept); i < window.size(); ++i)
            appendInput(window[i], static_cast<std::int64_t>(i), asked[i], x);
        const StepVector last = rows(std::move(x), caches, times, asked);
        for (HstuRows::Cache& cache : caches)
            cache.resize(cache.size() - static_cast<std::size_t>(rows.keptFloats()));
        return normalised(last);
    }

    const HstuRows rows;
    const HstuShape shape;
    const std::int64_t items, maxLength;
    const bool predictsFirst;
    std::uint64_t tag = 0;

private:
    void appendInput(const HstuEvent& e, std::int64_t place, std::int64_t asked, StepVector& all) const
    {
        const std::int64_t width = shape.width, itemWidth = shape.itemWidth();
        const auto scale = static_cast<float>(shape.inputScale());
        const auto rowOf
            = [](const StepVector& t, std::int64_t row, std::int64_t rowWidth) { return t.begin() + row * rowWidth; };
        all.insert(all.end(), rowOf(m_table, e.item, itemWidth), rowOf(m_table, e.item + 1, itemWidth));
        if (!shape.production && shape.ratings > 0)
            all.insert(all.end(), rowOf(m_ratings, e.level, shape.ratingWidth),
                rowOf(m_ratings, e.level + 1, shape.ratingWidth));
        float* x = all.data() + std::ssize(all) - width;
        for (std::int64_t i = 0; i < width; ++i)
            x[i] = x[i] * scale + m_positions[place * width + i];
        if (!shape.production)
            return;
        const std::int64_t gap = hstuGapBucket(shape.askedTime ? asked - e.time : 0);
        for (std::int64_t i = 0; i < width; ++i)
            x[i] += m_gaps[gap * width + i] + (shape.ratings > 0 ? m_ratings[e.level * width + i] : 0.0f);
    }

    // The part of the row that stands for items.
    StepVector normalised(StepVector x) const
    {
        x.resize(static_cast<std::size_t>(shape.itemWidth()));
        if (!shape.unitOutput)
            return m_outputNorm(x);
        float squares = 0.0f;
        for (const float v : x)
            squares += v * v;
        const float length = std::max(std::sqrt(squares), 1e-6f);
        for (float& v : x)
            v /= length;
        return x;
    }

    const StepVector m_table, m_positions, m_gaps, m_ratings;
    nn::StepNorm m_outputNorm;
};

class HstuState : public UserStateBase {
public:
    explicit HstuState(std::shared_ptr<const HstuForm> form)
        : UserStateBase(form->tag, form->items)
        , m_form(std::move(form))
        , m_vector(m_form->shape.itemWidth(), 0.0f)
    {
        m_caches = m_form->rows.emptyCaches();
        if (m_form->predictsFirst)
            m_vector = m_form->vectorAfter({HstuEvent{static_cast<std::int32_t>(m_form->items), 0}}, 0, m_caches);
    }

    std::int64_t bytes() const override
    {
        const HstuShape& s = m_form->shape;
        const auto events = static_cast<std::int64_t>(m_window.size());
        return events
            * (s.layers * s.heads * (s.queryDim + s.valueDim) * 4 + static_cast<std::int64_t>(sizeof(HstuEvent)));
    }
    void userVector(std::span<float> out) const override { std::copy(m_vector.begin(), m_vector.end(), out.begin()); }

    // All at once: of events that later ones push out of the window nothing is computed.
    void appendSequence(const PackedView& events, std::int64_t b) override
    {
        holdEach(events, b,
            [this](std::int32_t item, std::int64_t time, float feedback, EventMark) { hold(item, time, feedback); });
        if (!events.sequence(b).empty())
            catchUp();
    }

protected:
    void stepRated(std::int32_t item, std::int64_t time, float feedback, EventMark) override
    {
        hold(item, time, feedback);
        catchUp();
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
        m_closed = 0;
        catchUp();
        return true;
    }

private:
    bool rated() const { return m_form->shape.ratings > 0; }
    std::size_t wordsOfEvent() const { return rated() ? 4 : 3; }

    void hold(std::int32_t item, std::int64_t time, float feedback)
    {
        m_window.push_back({item, time, rated() ? m_form->shape.ratingLevel(feedback) : 0});
    }

    // Computes what the window has gained. Positions count from the oldest event kept: once events fall out of the
    // window, all of it again.
    void catchUp()
    {
        if (std::ssize(m_window) > m_form->maxLength) {
            m_window.erase(m_window.begin(), m_window.end() - m_form->maxLength);
            m_closed = 0;
        }
        if (m_closed == 0)
            m_caches = m_form->rows.emptyCaches();
        if (m_window.empty())
            return;
        m_vector = m_form->vectorAfter(m_window, m_closed, m_caches);
        m_closed = std::ssize(m_window) - 1;
    }

    std::shared_ptr<const HstuForm> m_form;
    std::vector<HstuEvent> m_window;
    std::int64_t m_closed = 0; // events whose keys and values are kept: all but the newest
    std::vector<HstuRows::Cache> m_caches; // [layers]
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
