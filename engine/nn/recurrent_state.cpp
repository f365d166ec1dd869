// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/recurrent_state.h"

#include <algorithm>

#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

class RecurrentState : public UserStateBase {
public:
    explicit RecurrentState(std::shared_ptr<const RecurrentForm> form)
        : UserStateBase(form->tag, form->items)
        , m_form(std::move(form))
        , m_states(m_form->stateFloats, 0.0f)
        , m_vector(m_form->width, 0.0f)
    {
        if (!m_form->predictsFirst)
            return;
        std::vector<float> scratch(m_states); // the start token hands nothing on
        m_form->advance(static_cast<std::int32_t>(m_form->items), scratch.data(), m_vector.data());
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
    return std::make_unique<RecurrentState>(std::static_pointer_cast<const RecurrentForm>(shared_from_this()));
}

} // namespace recoscope
