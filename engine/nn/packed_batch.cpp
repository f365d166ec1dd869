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

namespace {

// [pieces] of the first of the asked places of each piece, its length where it has none. `offsets` [pieces + 1].
torch::Tensor firstAsked(const torch::Tensor& offsets, const torch::Tensor& asked)
{
    const std::span<const std::int64_t> begins(
        offsets.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(offsets.size(0)));
    torch::Tensor first = torch::empty({offsets.size(0) - 1}, torch::kInt64);
    auto* out = first.data_ptr<std::int64_t>();
    for (std::size_t piece = 0; piece + 1 < begins.size(); ++piece)
        out[piece] = begins[piece + 1] - begins[piece];
    const torch::Tensor places = asked.to(torch::kCPU, torch::kInt64).contiguous();
    for (std::int64_t i = 0; i < places.size(0); ++i) {
        const std::int64_t place = places.const_data_ptr<std::int64_t>()[i];
        const auto piece = std::upper_bound(begins.begin(), begins.end(), place) - begins.begin() - 1;
        out[piece] = std::min(out[piece], place - begins[static_cast<std::size_t>(piece)]);
    }
    return first;
}

} // namespace

PackedBatch PackedBatch::asking(const torch::Tensor& rows) const
{
    PackedBatch out = *this;
    out.asked = rows;
    if (!view) {
        out.firstQueries = firstAsked(offsets, rows);
        return out;
    }
    AttentionView narrowed = *view;
    narrowed.firstQueries = firstAsked(view->offsets, view->places.index_select(0, rows));
    out.view = std::make_shared<const AttentionView>(std::move(narrowed));
    return out;
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
