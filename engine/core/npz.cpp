// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// .npz is a zip archive of .npy members. Members are stored, not compressed, so a plain zip of version 2.0 is enough;
// its sizes are 32-bit, and a larger archive is refused before the first byte is written.

#include <limits>

#include <zlib.h>

#include "engine/core/error.h"
#include "engine/core/npy.h"

namespace recoscope {

namespace {

constexpr std::uint16_t dosDate = (0 << 9) | (1 << 5) | 1; // 1980-01-01: the same arrays give the same bytes

struct Member {
    std::string name, header;
    std::uint32_t crc = 0, size = 0, offset = 0;
};

void put16(std::string& out, std::uint16_t value)
{
    out += static_cast<char>(value & 0xff);
    out += static_cast<char>(value >> 8);
}

void put32(std::string& out, std::uint32_t value)
{
    put16(out, static_cast<std::uint16_t>(value & 0xffff));
    put16(out, static_cast<std::uint16_t>(value >> 16));
}

// The fields that the local and the central header share, in their common order.
void putCommon(std::string& out, const Member& member)
{
    put16(out, 20); // version needed: 2.0
    put16(out, 1 << 11); // names are UTF-8
    put16(out, 0); // stored
    put16(out, 0);
    put16(out, dosDate);
    put32(out, member.crc);
    put32(out, member.size);
    put32(out, member.size);
    put16(out, static_cast<std::uint16_t>(member.name.size()));
    put16(out, 0);
}

std::uint32_t crcOf(const std::string& header, std::span<const std::byte> data)
{
    uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(header.data()), header.size());
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(data.data()), data.size());
    return static_cast<std::uint32_t>(crc);
}

void requireZipSize(const Path& path, std::span<const NamedArray> arrays)
{
    std::uint64_t total = 22;
    for (const NamedArray& array : arrays)
        total += array.data.size() + 2 * array.name.size() + 1024;
    if (total > std::numeric_limits<std::uint32_t>::max() || arrays.size() > 65535)
        throw Error(ErrorKind::Usage, "'" + path.string() + "' would be larger than the 4 GiB of an .npz archive",
            "export a smaller selection, or .npy files");
}

} // namespace

void writeNpz(const Path& path, std::span<const NamedArray> arrays)
{
    requireZipSize(path, arrays);
    AtomicFile file(path);
    std::string central;
    std::uint32_t offset = 0;
    for (const NamedArray& array : arrays) {
        Member member{array.name + ".npy", npyHeader(array.descr, array.shape)};
        member.size = static_cast<std::uint32_t>(member.header.size() + array.data.size());
        member.crc = crcOf(member.header, array.data);
        member.offset = offset;
        std::string local;
        put32(local, 0x04034b50);
        putCommon(local, member);
        local += member.name + member.header;
        file.write(local);
        file.write(array.data.data(), array.data.size());
        offset += static_cast<std::uint32_t>(local.size() + array.data.size());

        put32(central, 0x02014b50);
        put16(central, 20); // version made by: 2.0
        putCommon(central, member);
        put16(central, 0); // comment
        put16(central, 0); // disk
        put16(central, 0); // internal attributes
        put32(central, 0); // external attributes
        put32(central, member.offset);
        central += member.name;
    }
    const std::uint32_t centralSize = static_cast<std::uint32_t>(central.size());
    put32(central, 0x06054b50);
    put16(central, 0);
    put16(central, 0);
    put16(central, static_cast<std::uint16_t>(arrays.size()));
    put16(central, static_cast<std::uint16_t>(arrays.size()));
    put32(central, centralSize);
    put32(central, offset);
    put16(central, 0);
    file.write(central);
    file.commit();
}

} // namespace recoscope
