// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The arguments of one operation on a device and back: see on_device.h.
#pragma once

#include "engine/core/error.h"
#include "engine/kernels/argument_checks.h"
#include "engine/kernels/device_api.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

namespace recoscope::kernels {

// The device memory of one call. Pointers of the arguments are replaced by their copies; null stays null.
class Staging {
public:
    explicit Staging(const DeviceApi& device)
        : m_device(device)
    {
    }
    ~Staging()
    {
        for (const Copy& copy : m_copies)
            m_device.release(copy.device);
    }
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    template <class T> void in(const T*& pointer, std::int64_t count)
    {
        if (!pointer)
            return;
        void* copy = memory(pointer, count * sizeof(T));
        require(m_device.upload(copy, pointer, count * sizeof(T)));
        pointer = static_cast<const T*>(copy);
    }
    template <class T> void in(std::span<const T>& values)
    {
        const T* pointer = values.data();
        in(pointer, static_cast<std::int64_t>(values.size()));
        values = {pointer, values.size()};
    }
    void offsets(std::span<const std::int64_t> values)
    {
        m_call.offsets = values.data();
        in(m_call.offsets, static_cast<std::int64_t>(values.size()));
    }
    // An output, or what is read and written. One that is an input already stays the same array.
    template <class T> void out(T*& pointer, std::int64_t count, bool read = false)
    {
        rows(pointer, 1, count, count, read);
    }
    template <class T>
    void rows(T*& pointer, std::int64_t count, std::int64_t stride, std::int64_t width, bool read = false)
    {
        if (!pointer || count == 0)
            return;
        const std::int64_t bytes = ((count - 1) * stride + width) * sizeof(T);
        const auto same = std::find_if(m_copies.begin(), m_copies.end(),
            [&](const Copy& copy) { return copy.host == pointer && copy.bytes == bytes; });
        void* copy = same == m_copies.end() ? memory(pointer, bytes) : same->device;
        if (read)
            require(m_device.upload(copy, pointer, bytes));
        m_results.push_back({pointer, copy, count, static_cast<std::int64_t>(stride * sizeof(T)),
            static_cast<std::int64_t>(width * sizeof(T))});
        pointer = static_cast<T*>(copy);
    }

    template <class Arguments>
    void run(std::int32_t (*operation)(const Arguments*, const DeviceCall*), const Arguments& a)
    {
        std::int64_t needed = 0;
        m_call.workspaceNeeded = &needed;
        require(operation(&a, &m_call));
        m_call.workspaceNeeded = nullptr;
        m_call.workspaceBytes = needed;
        m_call.workspace = memory(nullptr, std::max<std::int64_t>(needed, 1));
        std::int32_t fault = 0;
        m_call.fault = static_cast<std::int32_t*>(memory(nullptr, sizeof fault));
        require(m_device.upload(m_call.fault, &fault, sizeof fault));
        require(operation(&a, &m_call));
        for (const Result& result : m_results)
            fetch(result);
        require(m_device.download(&fault, m_call.fault, sizeof fault));
        if (fault != 0)
            throw Error(ErrorKind::Usage, m_device.faultText(fault), "see engine/kernels/ops.h");
    }

private:
    struct Copy {
        const void* host;
        void* device;
        std::int64_t bytes;
    };
    struct Result {
        void* host;
        const void* device;
        std::int64_t rows, stride, width; // bytes
    };

    void* memory(const void* host, std::int64_t bytes)
    {
        void* device = nullptr;
        require(m_device.allocate(std::max<std::int64_t>(bytes, 1), &device));
        m_copies.push_back({host, device, bytes});
        return device;
    }

    // What lies between the rows belongs to others.
    void fetch(const Result& result)
    {
        std::vector<char> all((result.rows - 1) * result.stride + result.width);
        require(m_device.download(all.data(), result.device, static_cast<std::int64_t>(all.size())));
        for (std::int64_t r = 0; r < result.rows; ++r)
            std::memcpy(static_cast<char*>(result.host) + r * result.stride, all.data() + r * result.stride,
                static_cast<std::size_t>(result.width));
    }

    void require(std::int32_t status) const
    {
        if (status != 0)
            throw Error(static_cast<ErrorKind>(status), m_device.lastMessage(), m_device.lastHint());
    }

    const DeviceApi& m_device;
    DeviceCall m_call;
    std::vector<Copy> m_copies;
    std::vector<Result> m_results;
};

} // namespace recoscope::kernels
