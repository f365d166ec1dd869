// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Owners of what a DeviceApi lends: memory of the device, page-locked memory of the host, streams. Movable, released
// when they go; the table must outlive them. None may be made, filled or let go by a thread that is capturing a graph.
// Each belongs to one thread at a time.
#pragma once

#include "engine/core/error.h"
#include "engine/kernels/device_api.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace recoscope::kernels {

// Error with the kind and the texts of a function that failed; nothing when `status` is 0.
inline void requireDevice(const DeviceApi& device, std::int32_t status)
{
    if (status != 0)
        throw Error(static_cast<ErrorKind>(status), device.lastMessage(), device.lastHint());
}

enum class MemoryOf { Device, PinnedHost };

// `count` numbers of type T, not initialised. Pinned memory may be read and written by host and device alike.
template <class T, MemoryOf Where> class LentArray {
public:
    LentArray(const DeviceApi& device, std::int64_t count)
        : m_device(&device)
        , m_count(count)
    {
        void* memory = nullptr;
        const std::int64_t bytes = std::max<std::int64_t>(1, count * static_cast<std::int64_t>(sizeof(T)));
        requireDevice(device, (Where == MemoryOf::Device ? device.allocate : device.allocateHost)(bytes, &memory));
        m_data = static_cast<T*>(memory);
    }
    ~LentArray()
    {
        if (m_data)
            (Where == MemoryOf::Device ? m_device->release : m_device->releaseHost)(m_data);
    }
    LentArray(LentArray&& other) noexcept
        : m_device(other.m_device)
        , m_data(std::exchange(other.m_data, nullptr))
        , m_count(std::exchange(other.m_count, 0))
    {
    }
    LentArray& operator=(LentArray&& other) noexcept
    {
        std::swap(m_device, other.m_device);
        std::swap(m_data, other.m_data);
        std::swap(m_count, other.m_count);
        return *this;
    }

    T* data() { return m_data; }
    const T* data() const { return m_data; }
    std::int64_t count() const { return m_count; }
    std::span<T> span() requires(Where == MemoryOf::PinnedHost) { return {m_data, static_cast<std::size_t>(m_count)}; }
    std::span<const T> span() const requires(Where == MemoryOf::PinnedHost)
    {
        return {m_data, static_cast<std::size_t>(m_count)};
    }

    // Numbers [first, first + values.size()); this and download() wait for the device.
    void upload(std::span<const T> values, std::int64_t first = 0) requires(Where == MemoryOf::Device)
    {
        requireDevice(
            *m_device, m_device->upload(m_data + first, values.data(), static_cast<std::int64_t>(values.size_bytes())));
    }
    std::vector<T> download() const requires(Where == MemoryOf::Device)
    {
        std::vector<T> values(static_cast<std::size_t>(m_count));
        requireDevice(
            *m_device, m_device->download(values.data(), m_data, m_count * static_cast<std::int64_t>(sizeof(T))));
        return values;
    }

private:
    const DeviceApi* m_device;
    T* m_data = nullptr;
    std::int64_t m_count;
};
template <class T> using DeviceArray = LentArray<T, MemoryOf::Device>;
template <class T> using PinnedArray = LentArray<T, MemoryOf::PinnedHost>;

class DeviceStream {
public:
    explicit DeviceStream(const DeviceApi& device)
        : m_device(device)
    {
        requireDevice(device, device.createStream(&m_stream));
    }
    ~DeviceStream() { m_device.releaseStream(m_stream); }
    DeviceStream(const DeviceStream&) = delete;
    DeviceStream& operator=(const DeviceStream&) = delete;

    void* get() const { return m_stream; }
    void synchronise() const { requireDevice(m_device, m_device.synchronise(m_stream)); }
    // What comes from now on begins when what is on `earlier` has ended.
    void follow(void* earlier) const { requireDevice(m_device, m_device.follow(m_stream, earlier)); }

private:
    const DeviceApi& m_device;
    void* m_stream = nullptr;
};

} // namespace recoscope::kernels
