// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/sasrec_step.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/parallel.h"
#include "engine/models/sasrec_rows.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

using Vector = nn::StepVector;

class SasRecForm : public IncrementalForm {
public:
    SasRecForm(const SasRec& model, const torch::Tensor& readItems)
        : rows(model)
        , catalogue(model.items())
        , maxLength(model.setup().maxLength)
        , predictsFirst(model.predictsFirst())
        , table(floats(readItems))
        , positions(floats(model.positions))
        , tag(weightTag(table.const_data_ptr<float>(), table.numel()))
    {
        if (rows.shape.inputNorm)
            m_inputNorm.load(model.inputNorm);
    }

    std::unique_ptr<UserState> newState() const override;

    void lastVectors(const PackedView& windows, float* out) const override
    {
        const auto one = [&](std::int64_t b) {
            auto caches = rows.emptyCaches();
            const Vector last = vectorAfter(windows.sequence(b), 0, caches);
            std::copy(last.begin(), last.end(), out + b * rows.shape.width);
        };
        if (windows.sequences() == 1) // whose layers may then use all threads
            return one(0);
        kernels::parallelBlocks(windows.sequences(), one);
    }

    // The user's vector after events that follow the `position` ones in the caches.
    Vector vectorAfter(
        std::span<const std::int32_t> events, std::int64_t position, std::vector<SasRecRows::Cache>& caches) const
    {
        const std::int64_t width = rows.shape.width;
        const float scale = rows.shape.scaleEmbedding ? std::sqrt(static_cast<float>(width)) : 1.0f;
        const float *items = table.const_data_ptr<float>(),
                    *place = positions.const_data_ptr<float>() + position * width;
        Vector x;
        x.reserve(events.size() * static_cast<std::size_t>(width));
        for (const std::int32_t item : events)
            for (std::int64_t i = 0; i < width; ++i)
                x.push_back(items[item * width + i] * scale + *place++);
        if (rows.shape.inputNorm)
            x = m_inputNorm(x);
        return rows(std::move(x), caches);
    }

    const SasRecRows rows;
    const std::int64_t catalogue, maxLength;
    const bool predictsFirst;
    const torch::Tensor table, positions; // the model's own where they are floats
    const std::uint64_t tag;

private:
    static torch::Tensor floats(const torch::Tensor& values)
    {
        return values.detach().to(torch::kFloat32).contiguous();
    }

    nn::StepNorm m_inputNorm;
};

class SasRecState : public UserStateBase {
public:
    explicit SasRecState(std::shared_ptr<const SasRecForm> form)
        : UserStateBase(form->tag, form->catalogue)
        , m_form(std::move(form))
        , m_vector(m_form->rows.shape.width, 0.0f)
    {
        if (m_form->predictsFirst) {
            const auto start = static_cast<std::int32_t>(m_form->catalogue);
            auto caches = m_form->rows.emptyCaches();
            m_vector = m_form->vectorAfter({&start, 1}, 0, caches);
        }
        m_caches = m_form->rows.emptyCaches();
    }

    std::int64_t bytes() const override
    {
        const auto window = static_cast<std::int64_t>(m_window.size());
        return window * (2 * m_form->rows.shape.layers * m_form->rows.shape.width + 1) * 4;
    }
    void userVector(std::span<float> out) const override { std::copy(m_vector.begin(), m_vector.end(), out.begin()); }

    void appendSequence(const PackedView& events, std::int64_t b) override
    {
        const auto items = events.sequence(b);
        for (const std::int32_t item : items)
            requireItem(item, m_form->catalogue);
        if (!items.empty())
            stepOver(items);
        count(std::ssize(items));
    }

protected:
    void step(std::int32_t item) override { stepOver({&item, 1}); }

    // The window alone: keys and values follow from it.
    std::vector<float> content() const override { return {m_window.begin(), m_window.end()}; }

    bool restore(const std::vector<float>& values, std::int64_t events) override
    {
        const auto expected = static_cast<std::size_t>(std::min(events, m_form->maxLength));
        const auto valid
            = [this](float v) { return v >= 0 && v < static_cast<float>(m_form->catalogue) && v == std::floor(v); };
        if (values.size() != expected || !std::all_of(values.begin(), values.end(), valid))
            return false;
        m_window.assign(values.begin(), values.end());
        replay();
        return true;
    }

private:
    // All at once: of events before the window nothing is computed.
    void stepOver(std::span<const std::int32_t> items)
    {
        const auto before = static_cast<std::int64_t>(m_window.size());
        m_window.insert(m_window.end(), items.begin(), items.end());
        if (std::ssize(m_window) <= m_form->maxLength) {
            m_vector = m_form->vectorAfter(items, before, m_caches);
            return;
        }
        m_window.erase(m_window.begin(), m_window.end() - m_form->maxLength);
        replay();
    }
    void replay()
    {
        m_caches = m_form->rows.emptyCaches();
        if (!m_window.empty())
            m_vector = m_form->vectorAfter(m_window, 0, m_caches);
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

std::shared_ptr<const IncrementalForm> makeSasRecForm(const SasRec& model, const torch::Tensor& readItems)
{
    const torch::NoGradGuard guard;
    return std::make_shared<SasRecForm>(model, readItems);
}

} // namespace recoscope
