// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/packed_batch.h"

#include <algorithm>
#include <numeric>

#include "engine/nn/transfers.h"

namespace recoscope {

namespace {

void addTimes(PackedBatch& batch, const PackedView& view)
{
    batch.times = torch::empty({view.events()}, torch::kInt64);
    batch.queryTimes = torch::empty({view.events()}, torch::kInt64);
    std::copy(view.times.begin(), view.times.end(), batch.times.data_ptr<std::int64_t>());
    auto* query = batch.queryTimes.data_ptr<std::int64_t>();
    for (std::int64_t b = 0; b < view.sequences(); ++b) {
        const std::int64_t begin = view.offsets[b], end = view.offsets[b + 1];
        if (begin == end)
            continue;
        std::copy(view.times.begin() + begin + 1, view.times.begin() + end, query + begin);
        query[end - 1] = view.requestTimes.empty() ? view.times[end - 1] : view.requestTimes[b];
    }
}

} // namespace

torch::Tensor markTensor(std::span<const EventMark> marks, std::uint8_t EventMark::*member)
{
    if (marks.empty())
        return {};
    torch::Tensor values = torch::empty({static_cast<std::int64_t>(marks.size())}, torch::kInt32);
    std::transform(marks.begin(), marks.end(), values.data_ptr<std::int32_t>(),
        [member](const EventMark& mark) { return mark.*member; });
    return values;
}

PackedBatch onDevice(PackedBatch batch, torch::Device device)
{
    for (torch::Tensor* tensor : {&batch.items, &batch.positions, &batch.padMask, &batch.times, &batch.queryTimes,
             &batch.feedback, &batch.surfaces, &batch.kinds, &batch.nextSurfaces, &batch.asked})
        if (tensor->defined()) // back to the processor one has to wait
            *tensor = device.is_cpu() ? tensor->cpu() : nn::sentTo(device, *tensor);
    return batch;
}

PackedBatch makePackedBatch(const PackedView& view)
{
    PackedBatch batch;
    batch.items = torch::empty({view.events()}, torch::kInt32);
    batch.offsets = torch::empty({view.sequences() + 1}, torch::kInt64);
    batch.positions = torch::empty({view.events()}, torch::kInt32);
    std::copy(view.items.begin(), view.items.end(), batch.items.data_ptr<std::int32_t>());
    auto* offsets = batch.offsets.data_ptr<std::int64_t>();
    offsets[0] = 0;
    for (std::int64_t b = 0; b < view.sequences(); ++b) {
        offsets[b + 1] = view.offsets[b + 1];
        auto* positions = batch.positions.data_ptr<std::int32_t>();
        std::iota(positions + view.offsets[b], positions + view.offsets[b + 1], 0);
    }
    if (!view.times.empty())
        addTimes(batch, view);
    if (!view.feedback.empty()) {
        batch.feedback = torch::empty({view.events()}, torch::kFloat32);
        std::copy(view.feedback.begin(), view.feedback.end(), batch.feedback.data_ptr<float>());
    }
    batch.surfaces = markTensor(view.marks, &EventMark::surface);
    batch.kinds = markTensor(view.marks, &EventMark::kind);
    return batch;
}

} // namespace recoscope
