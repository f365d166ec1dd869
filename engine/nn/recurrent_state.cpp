// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/recurrent_state.h"

#include <algorithm>

#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

class RecurrentState : public UserStateBase {
public:
    RecurrentState(std::shared_ptr<const RecurrentForm> form, const std::vector<float>& coldVector)
        : UserStateBase(form->tag, form->items)
        , m_form(std::move(form))
        , m_states(m_form->stateFloats, 0.0f)
        , m_vector(coldVector)
    {
    }

    const RecurrentForm* form() const { return m_form.get(); }
    // To and from a batch: states [stateFloats], vector [width].
    void give(float* states, float* vector) const
    {
        std::copy(m_states.begin(), m_states.end(), states);
        std::copy(m_vector.begin(), m_vector.end(), vector);
    }
    void take(const float* states, const float* vector, std::int64_t newEvents)
    {
        std::copy_n(states, m_states.size(), m_states.begin());
        std::copy_n(vector, m_vector.size(), m_vector.begin());
        count(newEvents);
    }

    std::int64_t bytes() const override { return static_cast<std::int64_t>(m_states.size() * sizeof(float)); }
    bool isFixedSize() const override { return true; }
    void userVector(std::span<float> out) const override { std::copy(m_vector.begin(), m_vector.end(), out.begin()); }

protected:
    void step(std::int32_t item) override { m_form->advance(item, m_states.data(), m_vector.data()); }

    std::vector<float> content() const override
    {
        std::vector<float> values(m_states);
        values.insert(values.end(), m_vector.begin(), m_vector.end());
        return values;
    }

    bool restore(const std::vector<float>& values, std::int64_t) override
    {
        if (values.size() != m_states.size() + m_vector.size())
            return false;
        std::copy_n(values.begin(), m_states.size(), m_states.begin());
        std::copy(values.begin() + static_cast<std::ptrdiff_t>(m_states.size()), values.end(), m_vector.begin());
        return true;
    }

private:
    std::shared_ptr<const RecurrentForm> m_form;
    std::vector<float> m_states, m_vector;
};

} // namespace

std::unique_ptr<UserState> RecurrentForm::newState() const
{
    return std::make_unique<RecurrentState>(
        std::static_pointer_cast<const RecurrentForm>(shared_from_this()), coldVector());
}

const std::vector<float>& RecurrentForm::coldVector() const
{
    std::call_once(m_coldOnce, [this] {
        m_cold.assign(static_cast<std::size_t>(width), 0.0f);
        std::vector<float> scratch(static_cast<std::size_t>(stateFloats), 0.0f); // the start token hands nothing on
        if (predictsFirst)
            advance(static_cast<std::int32_t>(items), scratch.data(), m_cold.data());
    });
    return m_cold;
}

void RecurrentForm::advanceAll(
    std::span<const std::int64_t> offsets, const std::int32_t* sequenceItems, float* states, float* vectors) const
{
    for (std::size_t b = 0; b + 1 < offsets.size(); ++b)
        for (std::int64_t t = offsets[b]; t < offsets[b + 1]; ++t)
            advance(sequenceItems[t], states + static_cast<std::int64_t>(b) * stateFloats,
                vectors + static_cast<std::int64_t>(b) * width);
}

void RecurrentForm::append(std::span<UserState* const> states, const PackedView& events) const
{
    requireOneEach(states, events);
    std::vector<RecurrentState*> own;
    for (UserState* state : states) {
        own.push_back(dynamic_cast<RecurrentState*>(state));
        if (!own.back() || own.back()->form() != this)
            throw Error(ErrorKind::Usage, "a state of another model", "append to states of this model's newState()");
    }
    for (const std::int32_t item : events.items)
        UserStateBase::requireItem(item, items);
    constexpr std::size_t statesAtOnce = 1024; // bounds the copies
    std::vector<float> values(std::min(states.size(), statesAtOnce) * static_cast<std::size_t>(stateFloats + width));
    std::vector<std::int64_t> offsets;
    for (std::size_t first = 0; first < own.size(); first += statesAtOnce) {
        const std::size_t count = std::min(statesAtOnce, own.size() - first);
        float *rows = values.data(), *vectors = rows + static_cast<std::int64_t>(count) * stateFloats;
        offsets.clear();
        for (std::size_t b = 0; b <= count; ++b)
            offsets.push_back(events.offsets[first + b] - events.offsets[first]);
        for (std::size_t b = 0; b < count; ++b)
            own[first + b]->give(
                rows + static_cast<std::int64_t>(b) * stateFloats, vectors + static_cast<std::int64_t>(b) * width);
        advanceAll(offsets, events.items.data() + events.offsets[first], rows, vectors);
        for (std::size_t b = 0; b < count; ++b)
            own[first + b]->take(rows + static_cast<std::int64_t>(b) * stateFloats,
                vectors + static_cast<std::int64_t>(b) * width, offsets[b + 1] - offsets[b]);
    }
}

} // namespace recoscope
