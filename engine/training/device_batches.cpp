// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/device_batches.h"

#include "engine/kernels/batch_rows.h"
#include "engine/nn/kernel_call.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using kernels::BatchWindow;
using torch::Tensor;

namespace {

template <class T> Tensor bytesOf(std::span<const T> values)
{
    return torch::from_blob(const_cast<T*>(values.data()), {static_cast<std::int64_t>(values.size_bytes())},
        torch::kUInt8); // LibTorch has no tensor that is read alone
}

// Those of the sequences that batchRows() makes: [B+1] int64.
Tensor offsetsOf(const std::vector<BatchWindow>& windows, std::int64_t sequences)
{
    Tensor offsets = torch::zeros({sequences + 1}, torch::kInt64);
    auto* next = offsets.data_ptr<std::int64_t>();
    const auto add = [&next](std::int64_t rows) {
        next[1] = next[0] + rows;
        ++next;
    };
    for (const BatchWindow& window : windows) {
        const std::int64_t starts = window.targetBegin == 0 ? 1 : 0; // a sequence of its own
        if (starts > 0)
            add(starts);
        if (const std::int64_t rest = window.targetEnd - window.targetBegin - starts; rest > 0)
            add(rest);
    }
    return offsets;
}

template <class T> T* pointerTo(const Tensor& tensor)
{
    return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

} // namespace

DeviceBatches::DeviceBatches(const PreparedData& data, torch::Device device)
    : m_startToken(data.items())
{
    const PackedView all = data.sequences();
    const auto there = [&](auto values) { return values.empty() ? Tensor() : bytesOf(values).to(device); };
    m_offsets = there(all.offsets);
    m_items = there(all.items);
    m_times = there(all.times);
    m_feedback = there(all.feedback);
    m_marks = there(all.marks);
}

BatchTensors DeviceBatches::make(const std::vector<TrainingWindow>& given, bool prefixes) const
{
    std::vector<BatchWindow> windows;
    for (const TrainingWindow& window : given)
        windows.push_back({window.user, window.targetBegin, window.targetEnd});
    const Tensor sent = nn::sentTo(m_items.device(), bytesOf(std::span<const BatchWindow>(windows)));
    const kernels::BatchSizes sizes = kernels::sizesOfBatch(windows);
    const auto fresh = [&](std::int64_t count, torch::ScalarType type, bool wanted = true) {
        return wanted ? torch::empty({count}, m_items.options().dtype(type)) : Tensor();
    };

    kernels::BatchRows a;
    a.histories = {m_offsets.numel() / static_cast<std::int64_t>(sizeof(std::int64_t)) - 1,
        pointerTo<std::int64_t>(m_offsets), pointerTo<std::int32_t>(m_items), pointerTo<std::int64_t>(m_times),
        pointerTo<float>(m_feedback), pointerTo<EventMark>(m_marks)};
    a.windows = static_cast<std::int64_t>(windows.size());
    a.window = pointerTo<BatchWindow>(sent);
    a.prefixes = prefixes;
    a.startToken = m_startToken;
    a.sequences = sizes.sequences;
    a.rows = sizes.rows;

    BatchTensors batch;
    PackedBatch& inputs = batch.inputs;
    batch.ofPrefixes = prefixes;
    batch.targets = fresh(a.targetCount(), torch::kInt32);
    inputs.items = fresh(a.rows, torch::kInt32);
    inputs.positions = fresh(a.rows, torch::kInt32);
    inputs.times = fresh(a.rows, torch::kInt64, m_times.defined());
    inputs.queryTimes = fresh(a.rows, torch::kInt64, m_times.defined());
    inputs.feedback = fresh(a.rows, torch::kFloat32, m_feedback.defined());
    inputs.surfaces = fresh(a.rows, torch::kInt32, m_marks.defined());
    inputs.kinds = fresh(a.rows, torch::kInt32, m_marks.defined());
    const Tensor offsets = fresh(a.sequences + 1, torch::kInt64);
    a.offsets = pointerTo<std::int64_t>(offsets);
    a.targets = pointerTo<std::int32_t>(batch.targets);
    a.items = pointerTo<std::int32_t>(inputs.items);
    a.positions = pointerTo<std::int32_t>(inputs.positions);
    a.times = pointerTo<std::int64_t>(inputs.times);
    a.queryTimes = pointerTo<std::int64_t>(inputs.queryTimes);
    a.feedback = pointerTo<float>(inputs.feedback);
    a.surfaces = pointerTo<std::int32_t>(inputs.surfaces);
    a.kinds = pointerTo<std::int32_t>(inputs.kinds);
    nn::DeviceKernelCall(m_items).run(&kernels::DeviceApi::batchRows, a);
    inputs.offsets = offsetsOf(windows, a.sequences);
    nn::keepCopy(inputs.offsets, offsets);
    return batch;
}

} // namespace recoscope
