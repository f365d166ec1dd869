// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Beams of TIGER over kept keys and values, without tensors in between. All rows that were ever decoded lie behind one
// another in one cache; a beam sees its user's history as one page and each token that it has spelled as another, so
// whatever beams have in common is computed and kept once, and nothing is copied when they branch.
#include <cmath>

#include "engine/models/sasrec_rows.h"
#include "engine/models/tiger_network.h"

namespace recoscope {

namespace {

using nn::StepVector;

class TigerForm : public BeamForm {
public:
    explicit TigerForm(const Tiger& model)
        : rows(model)
        , model(model)
        , m_table(copyFloats(model.itemEmbedding))
        , m_positions(copyFloats(model.positions))
        , m_scale(rows.shape.scaleEmbedding ? std::sqrt(static_cast<float>(rows.shape.width)) : 1.0f)
    {
        m_logits.load(model.tokenTable(), torch::zeros({model.names().vocabulary()}));
    }

    std::unique_ptr<BeamDecoder> decoder(const PackedView& histories) const override;

    // Appends what the layers read of a token.
    void addInput(std::int32_t token, std::int64_t position, StepVector& x) const
    {
        const std::int64_t width = rows.shape.width;
        const float *vector = m_table.data() + token * width, *place = m_positions.data() + position * width;
        for (std::int64_t i = 0; i < width; ++i)
            x.push_back(vector[i] * m_scale + place[i]);
    }

    // Of rows [N, D] behind the head: [N, vocabulary].
    StepVector logProbabilities(const StepVector& states) const
    {
        StepVector out = m_logits(states);
        kernels::logSoftmax(
            static_cast<std::int64_t>(states.size()) / rows.shape.width, m_logits.outputs(), out.data());
        return out;
    }

    const SasRecRows rows;
    const Tiger& model;

private:
    StepVector m_table, m_positions; // [vocabulary + 1, D], [places, D]
    float m_scale;
    nn::StepLinear m_logits;
};

class TigerDecoder : public BeamDecoder {
public:
    TigerDecoder(const TigerForm& form, const PackedView& histories)
        : m_form(form)
    {
        for (std::int64_t user = 0; user < histories.sequences(); ++user) {
            for (const std::int32_t item : histories.sequence(user)) {
                const auto name = m_form.model.nameOf(item);
                m_tokens.insert(m_tokens.end(), name.begin(), name.end());
            }
            m_offsets.push_back(std::ssize(m_tokens));
        }
    }

    std::int32_t vocabulary() const override { return m_form.model.names().vocabulary(); }

    std::span<const float> begin() override
    {
        m_caches = m_form.rows.emptyCaches(std::ssize(m_tokens));
        m_seen = {};
        m_users.clear();
        StepVector states;
        for (std::size_t user = 0; user + 1 < m_offsets.size(); ++user) {
            const std::int64_t first = m_offsets[user], count = m_offsets[user + 1] - first;
            StepVector x;
            for (std::int64_t t = 0; t < count; ++t)
                m_form.addInput(m_tokens[static_cast<std::size_t>(first + t)], t, x);
            const StepVector last = m_form.rows(std::move(x), m_caches, first);
            states.insert(states.end(), last.begin(), last.end());
            m_users.push_back(user);
            m_seen.pages.push_back({first, count});
            m_seen.offsets.push_back(std::ssize(m_seen.pages));
        }
        m_kept = std::ssize(m_tokens);
        m_steps = 0;
        return logProbabilities(states);
    }

    std::span<const float> step(std::span<const std::int32_t> parents, std::span<const std::int32_t> tokens) override
    {
        std::vector<std::size_t> users;
        SasRecRows::Pages seen;
        StepVector x;
        for (std::size_t r = 0; r < parents.size(); ++r) {
            const auto parent = static_cast<std::size_t>(parents[r]);
            const std::size_t user = m_users[parent];
            users.push_back(user);
            seen.pages.insert(seen.pages.end(), m_seen.pages.begin() + m_seen.offsets[parent],
                m_seen.pages.begin() + m_seen.offsets[parent + 1]);
            seen.pages.push_back({m_kept + static_cast<std::int64_t>(r), 1});
            seen.offsets.push_back(std::ssize(seen.pages));
            m_form.addInput(tokens[r], m_offsets[user + 1] - m_offsets[user] + m_steps, x);
        }
        m_users = std::move(users);
        m_seen = std::move(seen);
        m_kept += std::ssize(parents);
        ++m_steps;
        return logProbabilities(m_form.rows.branches(std::move(x), m_caches, m_seen));
    }

private:
    std::span<const float> logProbabilities(const StepVector& states)
    {
        m_out = m_form.logProbabilities(states);
        return m_out;
    }

    const TigerForm& m_form;
    std::vector<std::int32_t> m_tokens; // of all histories
    std::vector<std::int64_t> m_offsets{0}; // [users+1]
    std::vector<SasRecRows::Cache> m_caches; // by layer: the histories' rows, then those of each call
    std::int64_t m_kept = 0, m_steps = 0;
    SasRecRows::Pages m_seen; // by every row of the last call
    std::vector<std::size_t> m_users; // of every row of the last call
    StepVector m_out;
};

std::unique_ptr<BeamDecoder> TigerForm::decoder(const PackedView& histories) const
{
    return std::make_unique<TigerDecoder>(*this, histories);
}

} // namespace

std::unique_ptr<BeamForm> makeTigerForm(const Tiger& model)
{
    return std::make_unique<TigerForm>(model);
}

} // namespace recoscope
