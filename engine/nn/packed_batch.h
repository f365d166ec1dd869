// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A packed batch as tensors: the events of all sequences one after another. Value type (tensors are shared handles).
#pragma once

#include <memory>
#include <span>

#include <torch/torch.h>

#include "engine/core/packed.h"
#include "engine/nn/attention_view.h"

namespace recoscope {

namespace nn {
struct RotaryAngles;
}

// The rows `asked` [R] int64 of some; all of them where that is undefined.
inline torch::Tensor askedRows(const torch::Tensor& rows, const torch::Tensor& asked)
{
    return asked.defined() ? rows.index_select(0, asked) : rows;
}

struct PackedBatch {
    torch::Tensor items; // [T] int32, 0..V-1, or V for the start token
    torch::Tensor offsets; // [B+1] int64
    torch::Tensor positions; // [T] int32, counted from the oldest event of its sequence
    torch::Tensor padMask; // [T, 1] 0 where a row stands for a pad; undefined when there are none (always but parity)

    torch::Tensor times; // [T] int64 seconds, or undefined when the data has none
    torch::Tensor queryTimes; // [T] int64: time of the following event, for the last one that of the request
    torch::Tensor feedback; // [T] float32 as the data has it, NaN where nobody knows; or undefined
    torch::Tensor surfaces, kinds; // [T] int32 of each event, EventMark::unknown where nobody knows; or undefined
    torch::Tensor nextSurfaces; // [T] int32 of the following event; in training alone, otherwise undefined

    std::shared_ptr<const nn::RotaryAngles> angles; // of `positions`, made by models that turn heads; otherwise null
    std::shared_ptr<const AttentionView> view; // null: every sequence attends to itself
    torch::Tensor asked; // [R] int64 rows that a layer's result is wanted of; undefined: all of them
    // [B] int64: rows of a sequence before it are keys and values alone, as in AttentionView; undefined: none
    torch::Tensor firstQueries;

    std::int64_t events() const { return items.size(0); }
    std::int64_t sequences() const { return offsets.size(0) - 1; }
    std::span<const std::int64_t> offsetSpan() const
    {
        return {offsets.data_ptr<std::int64_t>(), static_cast<std::size_t>(offsets.size(0))};
    }
    // Row of the last event of every sequence: [B] int64. No sequence may be empty.
    torch::Tensor lastRows() const { return offsets.slice(0, 1) - 1; }
    // With these rows asked for, and attention for them alone.
    PackedBatch asking(const torch::Tensor& rows) const;
    // Of the rows of a layer those asked for.
    torch::Tensor onlyAsked(const torch::Tensor& rows) const { return askedRows(rows, asked); }
};

// One member of every mark: [n] int32, undefined for none.
torch::Tensor markTensor(std::span<const EventMark> marks, std::uint8_t EventMark::*member);

// The batch on a device: everything but the offsets, which stay where the host reads them. Without a view.
PackedBatch onDevice(PackedBatch batch, torch::Device device);

// Copies; positions count from 0 in each sequence.
PackedBatch makePackedBatch(const PackedView& view);

} // namespace recoscope
