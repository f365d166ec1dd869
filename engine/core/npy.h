// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// NumPy .npy files, version 1.0 and 2.0, little-endian, C order: reading by memory map, writing atomically. Types:
// f4 f8 i1 i2 i4 i8 u1 u2 u4 u8. Sizes are bounded and multiplied with overflow checks; damage gives Error{Input}.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/core/file.h"

namespace recoscope {

template <class T> const char* npyDescr(); // "<f4", "<i8", ... specialised in npy.cpp for the types above

// One mapped array; `values<T>()` throws Error{Input} when the file holds another type.
class NpyArray {
public:
    explicit NpyArray(const Path& path);

    const std::string& descr() const { return m_descr; }
    const std::vector<std::int64_t>& shape() const { return m_shape; }
    std::int64_t size() const { return m_size; }
    template <class T> std::span<const T> values() const
    {
        requireDescr(npyDescr<T>());
        return {reinterpret_cast<const T*>(m_data), static_cast<std::size_t>(m_size)};
    }

private:
    void requireDescr(const char* descr) const;

    Path m_path;
    std::shared_ptr<const MappedFile> m_file;
    std::string m_descr;
    std::vector<std::int64_t> m_shape;
    std::int64_t m_size = 0;
    const std::byte* m_data = nullptr;
};

// The header of version 1.0, padded to 64 bytes (also used by .npz members).
std::string npyHeader(const std::string& descr, std::span<const std::int64_t> shape);

void writeNpyBytes(
    const Path& path, const std::string& descr, std::span<const std::int64_t> shape, std::span<const std::byte> data);

template <class T> void writeNpy(const Path& path, std::span<const T> values, std::vector<std::int64_t> shape = {})
{
    if (shape.empty())
        shape.push_back(static_cast<std::int64_t>(values.size()));
    writeNpyBytes(path, npyDescr<T>(), shape, std::as_bytes(values));
}

struct NamedArray {
    std::string name;
    std::string descr;
    std::vector<std::int64_t> shape;
    std::vector<std::byte> data;
};
// Uncompressed .npz, readable by numpy.load.
void writeNpz(const Path& path, std::span<const NamedArray> arrays);

} // namespace recoscope
