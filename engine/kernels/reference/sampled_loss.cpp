// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace recoscope::kernels::reference {

namespace {

double softplus(double x)
{
    return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
}

// One row: its items, the target first, with z, dL/dz and the lengths that products are divided by.
class Row {
public:
    Row(const SampledLoss& arguments, std::int64_t r)
        : a(arguments)
        , m_hidden(a.hidden + r * a.width)
    {
        const std::int32_t* negative = a.sample + (a.shared ? 0 : r * a.negatives);
        m_ids.assign(negative, negative + a.negatives);
        m_ids.insert(m_ids.begin(), a.targets[r]);
        for (std::size_t j = 0; j < m_ids.size(); ++j)
            score(j);
    }

    double loss()
    {
        m_slopes.assign(m_ids.size(), 0.0);
        return a.form == SampledLoss::Form::Softmax ? softmax() : logistic();
    }

    // Adds `scale` times the gradients; those of the items [items, width] and [items].
    void spread(double scale, double* gradHidden, double* gradTable, double* gradBias) const
    {
        for (std::size_t j = 0; j < m_ids.size(); ++j) {
            const double slope = scale * m_slopes[j];
            const double inner = slope * a.inverseTemperature / m_lengths[j];
            const float* item = a.table + m_ids[j] * a.width;
            gradBias[m_ids[j]] += slope;
            for (std::int64_t d = 0; d < a.width; ++d) {
                gradHidden[d] += inner * item[d];
                gradTable[m_ids[j] * a.width + d] += inner * (m_hidden[d] - m_along[j] * item[d]);
            }
        }
    }

private:
    void score(std::size_t j)
    {
        const std::int32_t id = m_ids[j];
        const float* item = a.table + id * a.width;
        double product = 0.0, squares = 0.0;
        for (std::int64_t d = 0; d < a.width; ++d) {
            product += static_cast<double>(m_hidden[d]) * item[d];
            squares += static_cast<double>(item[d]) * item[d];
        }
        const bool turns = a.unitItems && squares > 1e-12;
        m_lengths.push_back(a.unitItems ? std::max(std::sqrt(squares), 1e-6) : 1.0);
        m_along.push_back(turns ? product / squares : 0.0);
        double z = a.inverseTemperature * product / m_lengths[j] + (a.bias ? a.bias[id] : 0.0f);
        if (a.logQ && (j > 0 || a.correctTarget))
            z -= a.logQ[id];
        if (a.logQ && j > 0)
            z -= a.logCount;
        m_scores.push_back(j > 0 && a.removeHits && id == m_ids[0] ? -std::numeric_limits<double>::infinity() : z);
    }

    double softmax()
    {
        const double top = *std::max_element(m_scores.begin(), m_scores.end());
        double sum = 0.0;
        for (const double z : m_scores)
            sum += std::exp(z - top);
        for (std::size_t j = 0; j < m_scores.size(); ++j)
            m_slopes[j] = std::exp(m_scores[j] - top) / sum - (j == 0 ? 1.0 : 0.0);
        return top + std::log(sum) - m_scores[0];
    }

    double logistic()
    {
        double loss = a.positiveWeight * softplus(-m_scores[0]);
        m_slopes[0] = -a.positiveWeight / (1.0 + std::exp(m_scores[0]));
        for (std::size_t j = 1; j < m_scores.size(); ++j) {
            loss += a.negativeWeight * softplus(m_scores[j]);
            m_slopes[j] = a.negativeWeight / (1.0 + std::exp(-m_scores[j]));
        }
        return loss;
    }

    const SampledLoss& a;
    const float* m_hidden;
    std::vector<std::int32_t> m_ids;
    std::vector<double> m_scores, m_slopes, m_lengths, m_along;
};

} // namespace

void sampledLoss(const SampledLoss& a)
{
    const bool gradients = a.gradLoss != nullptr;
    std::vector<double> gradHidden(a.width);
    std::vector<double> gradTable(gradients ? a.items * a.width : 0), gradBias(gradients ? a.items : 0);
    for (std::int64_t r = 0; r < a.rows; ++r) {
        Row row(a, r);
        const double loss = row.loss();
        if (a.loss)
            a.loss[r] = loss;
        if (!gradients)
            continue;
        std::fill(gradHidden.begin(), gradHidden.end(), 0.0);
        row.spread(a.gradLoss[r], gradHidden.data(), gradTable.data(), gradBias.data());
        std::copy(gradHidden.begin(), gradHidden.end(), a.gradHidden + r * a.width);
    }
    for (std::size_t i = 0; i < gradTable.size(); ++i)
        a.gradTable[i] += static_cast<float>(gradTable[i]);
    for (std::size_t j = 0; a.gradBias && j < gradBias.size(); ++j)
        a.gradBias[j] += static_cast<float>(gradBias[j]);
}

} // namespace recoscope::kernels::reference
