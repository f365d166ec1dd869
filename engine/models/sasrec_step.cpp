// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/sasrec_step.h"

#include <algorithm>
#include <cmath>

#include "engine/models/sasrec_rows.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

using Vector = nn::StepVector;

class SasRecForm : public IncrementalForm {
public:
    explicit SasRecForm(const SasRec& model)
        : rows(model)
        , items(model.items())
        , maxLength(model.setup().maxLength)
        , predictsFirst(model.predictsFirst())
        , table(copyFloats(model.inputTable()))
        , positions(copyFloats(model.positions))
        , tag(weightTag(table.data(), static_cast<std::int64_t>(table.size())))
    {
        if (rows.shape.inputNorm)
            inputNorm.load(model.inputNorm);
    }

    std::unique_ptr<UserState> newState() const override;

    const SasRecRows rows;
    const std::int64_t items, maxLength;
    const bool predictsFirst;
    const Vector table, positions;
    const std::uint64_t tag;
    nn::StepNorm inputNorm;
};

class SasRecState : public UserStateBase {
public:
    explicit SasRecState(std::shared_ptr<const SasRecForm> form)
        : UserStateBase(form->tag, form->items)
        , m_form(std::move(form))
        , m_vector(m_form->rows.shape.width, 0.0f)
    {
        clear();
        if (!m_form->predictsFirst)
            return;
        forward(static_cast<std::int32_t>(m_form->items), 0);
        clear();
    }

    std::int64_t bytes() const override
    {
        const auto window = static_cast<std::int64_t>(m_window.size());
        return window * (2 * m_form->rows.shape.layers * m_form->rows.shape.width + 1) * 4;
    }
    void userVector(std::span<float> out) const override { std::copy(m_vector.begin(), m_vector.end(), out.begin()); }

protected:
    void step(std::int32_t item) override
    {
        m_window.push_back(item);
        if (static_cast<std::int64_t>(m_window.size()) <= m_form->maxLength) {
            forward(item, static_cast<std::int64_t>(m_window.size()) - 1);
            return;
        }
        m_window.erase(m_window.begin());
        replay();
    }

    // The window alone: keys and values follow from it.
    std::vector<float> content() const override { return {m_window.begin(), m_window.end()}; }

    bool restore(const std::vector<float>& values, std::int64_t events) override
    {
        const auto expected = static_cast<std::size_t>(std::min(events, m_form->maxLength));
        const auto valid
            = [this](float v) { return v >= 0 && v < static_cast<float>(m_form->items) && v == std::floor(v); };
        if (values.size() != expected || !std::all_of(values.begin(), values.end(), valid))
            return false;
        m_window.assign(values.begin(), values.end());
        replay();
        return true;
    }

private:
    void clear() { m_caches = m_form->rows.emptyCaches(); }

    void replay()
    {
        clear();
        for (std::size_t i = 0; i < m_window.size(); ++i)
            forward(m_window[i], static_cast<std::int64_t>(i));
    }

    void forward(std::int32_t item, std::int64_t position)
    {
        const SasRecForm& f = *m_form;
        const std::int64_t width = f.rows.shape.width;
        const float scale = f.rows.shape.scaleEmbedding ? std::sqrt(static_cast<float>(width)) : 1.0f;
        Vector x(width);
        for (std::int64_t i = 0; i < width; ++i)
            x[i] = f.table[item * width + i] * scale + f.positions[position * width + i];
        if (f.rows.shape.inputNorm)
            x = f.inputNorm(x);
        m_vector = f.rows(std::move(x), m_caches);
    }

    std::shared_ptr<const SasRecForm> m_form;
    std::vector<std::int32_t> m_window;
    std::vector<SasRecRows::Cache> m_caches;
    Vector m_vector;
};

std::unique_ptr<UserState> SasRecForm::newState() const
{
    return std::make_unique<SasRecState>(std::static_pointer_cast<const SasRecForm>(shared_from_this()));
}

} // namespace

std::shared_ptr<const IncrementalForm> makeSasRecForm(const SasRec& model)
{
    const torch::NoGradGuard guard;
    return std::make_shared<SasRecForm>(model);
}

} // namespace recoscope
