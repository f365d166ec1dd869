// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/sasrec_step.h"

#include <algorithm>
#include <cmath>

#include "engine/kernels/ops.h"
#include "engine/nn/step_layers.h"
#include "engine/nn/user_state_base.h"

namespace recoscope {

namespace {

using nn::addTo;
using nn::sigmoidOf;
using LinearWeights = nn::StepLinear;
using NormWeights = nn::StepNorm;
using Vector = nn::StepVector;

struct LayerWeights {
    NormWeights norm1, norm2;
    LinearWeights qkv, out, w1, w2, w3, gate1, gate2;
};

class SasRecForm : public IncrementalForm {
public:
    explicit SasRecForm(const SasRec& model)
        : shape(model.shape)
        , items(model.items())
        , maxLength(model.setup().maxLength)
        , predictsFirst(model.predictsFirst())
        , table(copyFloats(model.inputTable()))
        , positions(copyFloats(model.positions))
        , tag(weightTag(table.data(), static_cast<std::int64_t>(table.size())))
    {
        if (shape.inputNorm)
            inputNorm.load(model.inputNorm);
        if (shape.finalNorm)
            finalNorm.load(model.finalNorm);
        for (const SasRec::Layer& layer : model.layers) {
            LayerWeights& w = layers.emplace_back();
            w.norm1.load(layer.norm1);
            w.norm2.load(layer.norm2);
            w.qkv.load(layer.qkv);
            if (shape.outputProjection)
                w.out.load(layer.out);
            w.w1.load(layer.w1);
            w.w2.load(layer.w2);
            if (shape.activation == SasRecActivation::SwiGlu)
                w.w3.load(layer.w3);
            if (!shape.gated)
                continue;
            w.gate1.load(layer.gate1);
            w.gate2.load(layer.gate2);
        }
    }

    std::unique_ptr<UserState> newState() const override;

    Vector gate(const LinearWeights& linear, const Vector& raw, Vector rows) const
    {
        if (!shape.gated)
            return rows;
        const Vector opening = linear(raw);
        for (std::size_t i = 0; i < rows.size(); ++i)
            rows[i] *= sigmoidOf(opening[i]);
        return rows;
    }

    Vector feedForward(const LayerWeights& w, const Vector& x) const
    {
        Vector inner = w.w1(x);
        if (shape.activation == SasRecActivation::SwiGlu) {
            const Vector other = w.w3(x);
            for (std::size_t i = 0; i < inner.size(); ++i)
                inner[i] *= sigmoidOf(inner[i]) * other[i];
        } else if (shape.activation == SasRecActivation::Gelu)
            kernels::geluDropoutForward(static_cast<std::int64_t>(inner.size()), inner.data(), 0.0f, 0, inner.data());
        else
            for (float& value : inner)
                value = std::max(value, 0.0f);
        return w.w2(inner);
    }

    const SasRecShape shape;
    const std::int64_t items, maxLength;
    const bool predictsFirst;
    const Vector table, positions;
    const std::uint64_t tag;
    NormWeights inputNorm, finalNorm;
    std::vector<LayerWeights> layers;
};

// Keys and values of one layer: [heads][events][headDim] each, grown by one row a head and event.
struct Cache {
    std::vector<Vector> keys, values; // [heads]
};

class SasRecState : public UserStateBase {
public:
    explicit SasRecState(std::shared_ptr<const SasRecForm> form)
        : UserStateBase(form->tag, form->items)
        , m_form(std::move(form))
        , m_vector(m_form->shape.width, 0.0f)
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
        return window * (2 * m_form->shape.layers * m_form->shape.width + 1) * 4;
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
    void clear()
    {
        m_caches.assign(m_form->layers.size(),
            Cache{std::vector<Vector>(m_form->shape.heads), std::vector<Vector>(m_form->shape.heads)});
    }

    void replay()
    {
        clear();
        for (std::size_t i = 0; i < m_window.size(); ++i)
            forward(m_window[i], static_cast<std::int64_t>(i));
    }

    void forward(std::int32_t item, std::int64_t position)
    {
        const SasRecForm& f = *m_form;
        const std::int64_t width = f.shape.width;
        const float scale = f.shape.scaleEmbedding ? std::sqrt(static_cast<float>(width)) : 1.0f;
        Vector x(width);
        for (std::int64_t i = 0; i < width; ++i)
            x[i] = f.table[item * width + i] * scale + f.positions[position * width + i];
        if (f.shape.inputNorm)
            x = f.inputNorm(x);
        for (std::size_t i = 0; i < f.layers.size(); ++i)
            x = layer(f.layers[i], m_caches[i], x);
        m_vector = f.shape.finalNorm ? f.finalNorm(x) : x;
    }

    Vector layer(const LayerWeights& w, Cache& cache, const Vector& x) const
    {
        const SasRecForm& f = *m_form;
        if (f.shape.norm == SasRecNorm::Post) {
            const Vector z = w.norm1(attend(w, cache, x, x), &x);
            return w.norm2(f.feedForward(w, z), &z);
        }
        const Vector normed = w.norm1(x);
        if (f.shape.norm == SasRecNorm::Query) {
            Vector z = w.norm2(attend(w, cache, normed, x), &normed);
            addTo(z, f.feedForward(w, z));
            return z;
        }
        Vector z = f.gate(w.gate1, x, attend(w, cache, normed, normed));
        addTo(z, x);
        addTo(z, f.gate(w.gate2, z, f.feedForward(w, w.norm2(z))));
        return z;
    }

    Vector attend(const LayerWeights& w, Cache& cache, const Vector& queries, const Vector& rows) const
    {
        const std::int64_t width = m_form->shape.width, heads = m_form->shape.heads, dim = width / heads;
        Vector qkv(3 * width), mixed(width, 0.0f);
        w.qkv.apply(queries, 0, width, qkv.data());
        w.qkv.apply(rows, width, 3 * width, qkv.data() + width);
        for (std::int64_t h = 0; h < heads; ++h) {
            Vector& keys = cache.keys[h];
            Vector& values = cache.values[h];
            keys.insert(keys.end(), qkv.begin() + width + h * dim, qkv.begin() + width + (h + 1) * dim);
            values.insert(values.end(), qkv.begin() + 2 * width + h * dim, qkv.begin() + 2 * width + (h + 1) * dim);
            attendHead(qkv.data() + h * dim, keys, values, dim, mixed.data() + h * dim);
        }
        return m_form->shape.outputProjection ? w.out(mixed) : mixed;
    }

    static void attendHead(const float* query, const Vector& keys, const Vector& values, std::int64_t dim, float* out)
    {
        const auto events = static_cast<std::int64_t>(keys.size()) / dim;
        Vector weights(events);
        kernels::scoreAll(events, dim, query, keys.data(), nullptr, weights.data());
        const float scale = 1.0f / std::sqrt(static_cast<float>(dim));
        const float maximum = *std::max_element(weights.begin(), weights.end());
        float sum = 0.0f;
        for (float& weight : weights)
            sum += weight = std::exp((weight - maximum) * scale);
        for (std::int64_t t = 0; t < events; ++t)
            for (std::int64_t i = 0; i < dim; ++i)
                out[i] += weights[t] / sum * values[t * dim + i];
    }

    std::shared_ptr<const SasRecForm> m_form;
    std::vector<std::int32_t> m_window;
    std::vector<Cache> m_caches;
    Vector m_vector;
};

std::unique_ptr<UserState> SasRecForm::newState() const
{
    return std::make_unique<SasRecState>(std::static_pointer_cast<const SasRecForm>(shared_from_this()));
}

} // namespace

std::shared_ptr<const IncrementalForm> makeSasRecForm(const SasRec& model)
{
    return std::make_shared<SasRecForm>(model);
}

} // namespace recoscope
