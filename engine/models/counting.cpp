// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/counting.h"

#include <algorithm>
#include <numeric>

namespace recoscope::counting {

namespace {

std::size_t countedLength(const PreparedData& data, std::int32_t user, CountOn on)
{
    return static_cast<std::size_t>(on == CountOn::Train ? data.trainLength(user) : data.lengthBeforeTest(user));
}

} // namespace

const char* countOnText(CountOn on)
{
    return on == CountOn::Train ? "counts of train" : "counts of train + validation";
}

CountedLog::CountedLog(const PreparedData& data, CountOn on)
    : m_items(data.items())
    , m_offsets(data.items() + 1, 0)
{
    for (std::int32_t user = 0; user < data.users(); ++user) {
        m_log.append(data.sequences().sequence(user).first(countedLength(data, user, on)));
        m_sequence.resize(m_log.items.size(), user);
    }
    for (const std::int32_t item : m_log.items)
        ++m_offsets[item + 1];
    std::partial_sum(m_offsets.begin(), m_offsets.end(), m_offsets.begin());
    m_positions.resize(m_log.items.size());
    std::vector<std::int64_t> next(m_offsets.begin(), m_offsets.end() - 1);
    for (std::size_t p = 0; p < m_log.items.size(); ++p)
        m_positions[next[m_log.items[p]]++] = static_cast<std::int64_t>(p);
}

std::span<const std::int64_t> CountedLog::occurrences(std::int32_t item) const
{
    return {m_positions.data() + m_offsets[item], static_cast<std::size_t>(m_offsets[item + 1] - m_offsets[item])};
}

void SparseSum::add(std::int32_t item, double value)
{
    if (m_values[item] == 0.0)
        m_touched.push_back(item);
    m_values[item] += value;
}

const std::vector<std::int32_t>& SparseSum::touched()
{
    std::sort(m_touched.begin(), m_touched.end());
    return m_touched;
}

void SparseSum::clear()
{
    for (const std::int32_t item : m_touched)
        m_values[item] = 0.0;
    m_touched.clear();
}

void SparseRows::append(SparseSum& sum, std::int64_t keep)
{
    std::vector<std::int32_t> row = sum.touched();
    if (keep > 0 && static_cast<std::int64_t>(row.size()) > keep) {
        std::stable_sort(row.begin(), row.end(), [&](std::int32_t a, std::int32_t b) { return sum[a] > sum[b]; });
        row.resize(keep);
        std::sort(row.begin(), row.end());
    }
    for (const std::int32_t item : row) {
        items.push_back(item);
        weights.push_back(static_cast<float>(sum[item]));
    }
    offsets.push_back(static_cast<std::int64_t>(items.size()));
}

void SuccessorModel::score(const PackedView& histories, std::span<float> out) const
{
    const auto width = static_cast<std::int64_t>(m_popularity.size());
    for (std::int64_t b = 0; b < histories.sequences(); ++b) {
        float* scores = out.data() + b * width;
        std::copy(m_popularity.begin(), m_popularity.end(), scores);
        const auto history = histories.sequence(b);
        const std::size_t used = std::min(history.size(), m_settings.ageWeights.size());
        for (std::size_t age = 0; age < used; ++age) {
            const std::int32_t event = history[history.size() - 1 - age];
            const auto weight = static_cast<float>(m_settings.ageWeights[age]);
            for (std::int64_t i = m_rows.offsets[event]; i < m_rows.offsets[event + 1]; ++i)
                scores[m_rows.items[i]] += weight * m_rows.weights[i];
        }
    }
}

std::vector<float> popularity(const CountedLog& log, float top)
{
    std::vector<float> counts(log.items());
    for (std::int32_t item = 0; item < log.items(); ++item)
        counts[item] = static_cast<float>(log.occurrences(item).size());
    const float largest = counts.empty() ? 1.0f : std::max(1.0f, *std::max_element(counts.begin(), counts.end()));
    for (float& count : counts)
        count *= top / largest;
    return counts;
}

} // namespace recoscope::counting
