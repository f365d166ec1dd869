// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/batches.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "engine/core/error.h"
#include "engine/core/random.h"

namespace recoscope {

TrainingBatches::TrainingBatches(std::shared_ptr<const PreparedData> data, const Options& options)
    : m_data(std::move(data))
    , m_options(options)
{
    startEpoch(1);
    if (m_windows.empty())
        throw Error(ErrorKind::Input, "no user has two training events", "loosen the protocol's filter or split");
    for (const TrainingWindow& window : m_windows)
        m_targets += targetsIn(window);
}

std::int64_t TrainingBatches::targetsIn(const TrainingWindow& window) const
{
    return m_options.prefixes ? 1 : window.targetEnd - window.targetBegin;
}

void TrainingBatches::cutPrefixes()
{
    for (std::int32_t user = 0; user < m_data->users(); ++user)
        for (std::int64_t target = m_options.beginOfSequence ? 0 : 1; target < m_data->trainLength(user); ++target) {
            const std::int64_t begin = std::max<std::int64_t>(1, target + 1 - m_options.maxLength);
            m_windows.push_back({user, std::min(begin, target), target + 1});
        }
}

void TrainingBatches::cutWindows(int epoch)
{
    m_windows.clear();
    RandomStream random(m_options.seed, "window shift", static_cast<std::uint64_t>(epoch));
    const std::int64_t limit = m_options.maxLength;
    const std::int64_t first = m_options.beginOfSequence ? 0 : 1; // the first event is a target only of the start token
    for (std::int32_t user = 0; user < m_data->users(); ++user) {
        const std::int64_t length = m_data->trainLength(user);
        const std::int64_t count = std::max<std::int64_t>(1, length / limit);
        const std::int64_t leftover = std::max<std::int64_t>(0, length - count * limit - first);
        const auto shift = m_options.randomShift
            ? static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(leftover) + 1))
            : 0;
        for (std::int64_t window = 0; window < count; ++window) {
            const std::int64_t end = length - shift - window * limit, begin = std::max(first, end - limit);
            if (begin < end)
                m_windows.push_back({user, begin, end});
        }
    }
}

std::int64_t TrainingBatches::batchesPerEpoch() const
{
    return (windows() + m_options.batchSize - 1) / m_options.batchSize;
}

void TrainingBatches::startEpoch(int epoch)
{
    if (m_windows.empty() && m_options.prefixes)
        cutPrefixes();
    else if (m_windows.empty() || m_options.randomShift)
        cutWindows(epoch);
    m_order.resize(m_windows.size());
    std::iota(m_order.begin(), m_order.end(), 0);
    RandomStream(m_options.seed, "shuffle", static_cast<std::uint64_t>(epoch)).shuffle(m_order);
}

TrainingBatch TrainingBatches::batch(std::int64_t index) const
{
    TrainingBatch result;
    result.ofPrefixes = m_options.prefixes;
    const std::int64_t begin = index * m_options.batchSize;
    const std::int64_t end = std::min(windows(), begin + m_options.batchSize);
    for (std::int64_t i = begin; i < end; ++i)
        append(result, m_windows[m_order[i]]);
    return result;
}

std::int64_t TrainingBatches::targetsOf(std::int64_t index) const
{
    const std::int64_t begin = index * m_options.batchSize;
    const std::int64_t end = std::min(windows(), begin + m_options.batchSize);
    std::int64_t targets = 0;
    for (std::int64_t i = begin; i < end; ++i)
        targets += targetsIn(m_windows[m_order[i]]);
    return targets;
}

std::vector<TrainingWindow> TrainingBatches::windowsOf(std::int64_t index) const
{
    const std::int64_t begin = index * m_options.batchSize;
    const std::int64_t end = std::min(windows(), begin + m_options.batchSize);
    std::vector<TrainingWindow> result;
    for (std::int64_t i = begin; i < end; ++i)
        result.push_back(m_windows[m_order[i]]);
    return result;
}

void TrainingBatches::append(TrainingBatch& batch, const TrainingWindow& window) const
{
    const auto sequence = m_data->sequences().sequence(window.user);
    const PackedView all = m_data->sequences();
    const bool hasTimes = m_data->hasTimes();
    const auto times = hasTimes ? all.times.subspan(all.offsets[window.user], sequence.size()) : all.times;
    const auto first = static_cast<std::size_t>(all.offsets[window.user]);
    const auto feedback = all.feedback.empty() ? all.feedback : all.feedback.subspan(first, sequence.size());
    const auto marks = all.marksOf(first, sequence.size());
    const auto judgeTargets = [&](std::int64_t from, std::int64_t to) {
        if (!feedback.empty())
            batch.targetFeedback.insert(batch.targetFeedback.end(), feedback.begin() + from, feedback.begin() + to);
        if (!marks.empty())
            batch.targetMarks.insert(batch.targetMarks.end(), marks.begin() + from, marks.begin() + to);
    };
    std::int64_t begin = window.targetBegin;
    if (begin == 0) {
        const std::int32_t start = m_data->items();
        if (hasTimes)
            batch.inputs.append({&start, 1}, times.first(1), times[0]); // nothing is known before the first event
        else
            batch.inputs.append({&start, 1});
        const float unknown = std::numeric_limits<float>::quiet_NaN();
        if (!feedback.empty())
            batch.inputs.appendFeedback({&unknown, 1});
        const EventMark unmarked;
        if (!marks.empty())
            batch.inputs.appendMarks({&unmarked, 1});
        batch.targets.push_back(sequence[0]);
        judgeTargets(0, 1);
        begin = 1;
    }
    if (begin >= window.targetEnd)
        return;
    const auto inputs = sequence.subspan(begin - 1, window.targetEnd - begin);
    if (hasTimes)
        batch.inputs.append(inputs, times.subspan(begin - 1, inputs.size()), times[window.targetEnd - 1]);
    else
        batch.inputs.append(inputs);
    if (!feedback.empty())
        batch.inputs.appendFeedback(feedback.subspan(begin - 1, inputs.size()));
    if (!marks.empty())
        batch.inputs.appendMarks(marks.subspan(begin - 1, inputs.size()));
    const std::int64_t firstTarget = m_options.prefixes ? window.targetEnd - 1 : begin;
    judgeTargets(firstTarget, window.targetEnd);
    const auto targets = sequence.subspan(firstTarget, window.targetEnd - firstTarget);
    batch.targets.insert(batch.targets.end(), targets.begin(), targets.end());
}

} // namespace recoscope
