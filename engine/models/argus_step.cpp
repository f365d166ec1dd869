// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/argus_step.h"

#include <bit>
#include <cmath>

#include "engine/models/sasrec_rows.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

using nn::StepVector;

struct ArgusEvent {
    std::int32_t item = 0;
    std::int64_t time = 0;
    float feedback = 0.0f;
    EventMark mark = {};
};

class ArgusForm : public IncrementalForm {
public:
    explicit ArgusForm(const Argus& model)
        : rows(model)
        , items(model.items())
        , maxLength(model.setup().maxLength)
        , width(model.shape.width)
        , itemWidth(model.itemWidth)
        , predictsFirst(model.predictsFirst())
        , table(copyFloats(model.widened(model.itemTable())))
        , tag(weightTag(table.data(), static_cast<std::int64_t>(table.size())))
        , m_takesContext(model.takesContext)
        , m_knowsRequest(model.knowsRequest)
        , m_positions(copyFloats(model.positions))
        , m_factors(model.factors)
    {
        if (m_takesContext) {
            m_hours = copyFloats(model.hours);
            m_weekdays = copyFloats(model.weekdays);
            m_gaps = copyFloats(model.gaps);
        }
        if (model.surfaces.defined()) {
            m_surfaces = copyFloats(model.surfaces);
            m_unknownSurface = model.surfaces.size(0) - 1;
        }
        for (const torch::Tensor& table : model.feedback)
            m_feedback.push_back(copyFloats(table));
        m_head1.load(model.nextHead.w1);
        m_head2.load(model.nextHead.w2);
    }

    std::unique_ptr<UserState> newState() const override;

    // Appends the input row of the event at `position`, `before` the time of the one before it or 0.
    void addInput(const ArgusEvent& event, std::int64_t before, std::int64_t position, StepVector& inputs) const
    {
        StepVector x(width, 0.0f);
        addRow(x, table, event.item);
        if (m_takesContext)
            addContext(x, argusMoment(event.time, before), event.mark.surface);
        for (std::size_t f = 0; f < m_feedback.size(); ++f) {
            const std::int32_t own = m_factors.classOf(f, event.feedback, event.mark.kind);
            addRow(x, m_feedback[f], own >= 0 ? own : m_factors.classes(f));
        }
        const float scale = std::sqrt(static_cast<float>(width));
        for (std::int64_t i = 0; i < width; ++i)
            inputs.push_back(x[i] * scale + m_positions[position * width + i]);
    }

    // Asked at the time of the last event; where the next one will take place nobody knows.
    StepVector user(const StepVector& state, std::int64_t time) const
    {
        StepVector asked = state;
        if (m_takesContext) {
            StepVector context(width, 0.0f);
            addContext(context, m_knowsRequest ? argusMoment(time, time) : ArgusMoment(), EventMark::unknown);
            asked.insert(asked.end(), context.begin(), context.end());
        }
        StepVector inner = m_head1(asked);
        nn::gelu(inner);
        StepVector vector = m_head2(inner);
        double squares = 0.0;
        for (const float value : vector)
            squares += static_cast<double>(value) * value;
        const auto length = static_cast<float>(std::max(std::sqrt(squares), 1e-6));
        for (float& value : vector)
            value /= length;
        return vector;
    }

    const SasRecRows rows;
    const std::int64_t items, maxLength, width, itemWidth;
    const bool predictsFirst;
    const StepVector table; // [V+1, width]
    const std::uint64_t tag;

private:
    void addRow(StepVector& x, const StepVector& table, std::int64_t row) const
    {
        for (std::int64_t i = 0; i < width; ++i)
            x[i] += table[row * width + i];
    }
    void addContext(StepVector& x, const ArgusMoment& moment, std::uint8_t surface) const
    {
        addRow(x, m_hours, moment.hour);
        addRow(x, m_weekdays, moment.weekday);
        addRow(x, m_gaps, moment.gap);
        if (!m_surfaces.empty())
            addRow(x, m_surfaces, std::min<std::int64_t>(surface, m_unknownSurface));
    }

    const bool m_takesContext, m_knowsRequest;
    const StepVector m_positions;
    const FeedbackFactors m_factors;
    StepVector m_hours, m_weekdays, m_gaps, m_surfaces;
    std::int64_t m_unknownSurface = 0; // row of m_surfaces
    std::vector<StepVector> m_feedback;
    nn::StepLinear m_head1, m_head2;
};

class ArgusState : public UserStateBase {
public:
    explicit ArgusState(std::shared_ptr<const ArgusForm> form)
        : UserStateBase(form->tag, form->items)
        , m_form(std::move(form))
        , m_caches(m_form->rows.emptyCaches())
        , m_vector(m_form->itemWidth, 0.0f)
    {
        if (!m_form->predictsFirst)
            return;
        auto caches = m_caches;
        const ArgusEvent start{static_cast<std::int32_t>(m_form->items), 0, std::numeric_limits<float>::quiet_NaN()};
        StepVector input;
        m_form->addInput(start, 0, 0, input);
        m_vector = m_form->user(m_form->rows(std::move(input), caches), 0);
    }

    std::int64_t bytes() const override
    {
        const SasRecShape& s = m_form->rows.shape;
        return static_cast<std::int64_t>(m_window.size())
            * (2 * s.layers * s.width * 4 + static_cast<std::int64_t>(sizeof(ArgusEvent)));
    }
    void userVector(std::span<float> out) const override { std::copy(m_vector.begin(), m_vector.end(), out.begin()); }

    // Of events that later ones push out of the window nothing is computed.
    void appendSequence(const PackedView& events, std::int64_t b) override
    {
        if (std::ssize(m_window) + std::ssize(events.sequence(b)) <= m_form->maxLength)
            return UserStateBase::appendSequence(events, b);
        holdEach(events, b, [this](std::int32_t item, std::int64_t time, float feedback, EventMark mark) {
            m_window.push_back({item, time, feedback, mark});
        });
        replay();
    }

protected:
    void stepRated(std::int32_t item, std::int64_t time, float feedback, EventMark mark) override
    {
        m_window.push_back({item, time, feedback, mark});
        if (std::ssize(m_window) <= m_form->maxLength)
            forward(m_window.size() - 1);
        else
            replay();
    }

    // The window alone, an event as five words: keys and values follow from it.
    std::vector<float> content() const override
    {
        std::vector<float> values;
        for (const ArgusEvent& e : m_window) {
            const auto time = static_cast<std::uint64_t>(e.time);
            const std::uint32_t mark = e.mark.surface | static_cast<std::uint32_t>(e.mark.kind) << 8;
            for (const std::uint32_t word : {static_cast<std::uint32_t>(e.item), static_cast<std::uint32_t>(time),
                     static_cast<std::uint32_t>(time >> 32), mark})
                values.push_back(std::bit_cast<float>(word));
            values.push_back(e.feedback);
        }
        return values;
    }

    bool restore(const std::vector<float>& values, std::int64_t events) override
    {
        if (values.size() != static_cast<std::size_t>(5 * std::min(events, m_form->maxLength)))
            return false;
        std::vector<ArgusEvent> window;
        for (std::size_t i = 0; i < values.size(); i += 5) {
            const auto word = [&](std::size_t k) { return std::bit_cast<std::uint32_t>(values[i + k]); };
            if (word(0) >= m_form->items)
                return false;
            const std::uint64_t time = word(1) | static_cast<std::uint64_t>(word(2)) << 32;
            const EventMark mark{static_cast<std::uint8_t>(word(3)), static_cast<std::uint8_t>(word(3) >> 8)};
            window.push_back(
                {static_cast<std::int32_t>(word(0)), static_cast<std::int64_t>(time), values[i + 4], mark});
        }
        m_window = std::move(window);
        replay();
        return true;
    }

private:
    // The last maxLength events, from the first on.
    void replay()
    {
        if (std::ssize(m_window) > m_form->maxLength)
            m_window.erase(m_window.begin(), m_window.end() - m_form->maxLength);
        m_caches = m_form->rows.emptyCaches();
        if (!m_window.empty())
            forward(0);
    }

    // The events of the window from `first` on.
    void forward(std::size_t first)
    {
        StepVector inputs;
        for (std::size_t at = first; at < m_window.size(); ++at)
            m_form->addInput(m_window[at], at > 0 ? m_window[at - 1].time : 0, static_cast<std::int64_t>(at), inputs);
        m_vector = m_form->user(m_form->rows(std::move(inputs), m_caches), m_window.back().time);
    }

    std::shared_ptr<const ArgusForm> m_form;
    std::vector<ArgusEvent> m_window;
    std::vector<SasRecRows::Cache> m_caches;
    StepVector m_vector;
};

std::unique_ptr<UserState> ArgusForm::newState() const
{
    return std::make_unique<ArgusState>(std::static_pointer_cast<const ArgusForm>(shared_from_this()));
}

} // namespace

std::shared_ptr<const IncrementalForm> makeArgusForm(const Argus& model)
{
    const torch::NoGradGuard guard;
    return std::make_shared<ArgusForm>(model);
}

} // namespace recoscope
