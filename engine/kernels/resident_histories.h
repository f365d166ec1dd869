// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// All users' histories in the memory of a device, for batchRows(): 4 bytes an event, 8 more with times, 4 with
// feedback, 2 with marks, and 8 a user. Owns the copy; the table must outlive it. One thread.
#pragma once

#include "engine/kernels/batch_rows.h"
#include "engine/kernels/device_memory.h"

#include <optional>

namespace recoscope::kernels {

class ResidentHistories {
public:
    // Copies; `view` is read during the call alone. Error{Resource} when the device has no memory.
    ResidentHistories(const DeviceApi& device, const PackedView& view)
        : m_users(view.sequences())
        , m_offsets(device, m_users + 1)
        , m_items(device, view.events())
    {
        constexpr std::int64_t empty[] = {0};
        m_offsets.upload(view.offsets.empty() ? std::span(empty) : view.offsets);
        m_items.upload(view.items);
        copy(m_times, device, view.times);
        copy(m_feedback, device, view.feedback);
        copy(m_marks, device, view.marks);
    }

    // Device pointers, null for what the data lacks; they live as long as this.
    Histories histories() const
    {
        return {m_users, m_offsets.data(), m_items.data(), m_times ? m_times->data() : nullptr,
            m_feedback ? m_feedback->data() : nullptr, m_marks ? m_marks->data() : nullptr};
    }

private:
    template <class T>
    static void copy(std::optional<DeviceArray<T>>& to, const DeviceApi& device, std::span<const T> values)
    {
        if (values.empty())
            return;
        to.emplace(device, static_cast<std::int64_t>(values.size()));
        to->upload(values);
    }

    std::int64_t m_users;
    DeviceArray<std::int64_t> m_offsets;
    DeviceArray<std::int32_t> m_items;
    std::optional<DeviceArray<std::int64_t>> m_times;
    std::optional<DeviceArray<float>> m_feedback;
    std::optional<DeviceArray<EventMark>> m_marks;
};

} // namespace recoscope::kernels
