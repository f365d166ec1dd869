// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3: local header and data of each member, then the
// central directory and its end.

#include "engine/core/zip_writer.h"

#include <algorithm>
#include <limits>

#include <zlib.h>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr std::uint16_t dosDate = (0 << 9) | (1 << 5) | 1; // 1980-01-01: no time of writing in the bytes
constexpr std::uint64_t largest = std::numeric_limits<std::uint32_t>::max();

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

class Deflater {
public:
    Deflater()
    {
        // Negative window bits: raw deflate data without a zlib header, as zip wants it.
        if (deflateInit2(&m_stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            throw Error(ErrorKind::Resource, "no memory to pack an archive", "close other programs");
    }
    ~Deflater() { deflateEnd(&m_stream); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    void write(ZipWriter::Piece piece)
    {
        constexpr std::size_t slice = std::size_t(1) << 28; // zlib counts in 32 bits
        for (std::size_t at = 0; at < piece.size(); at += slice)
            run(piece.subspan(at, std::min(slice, piece.size() - at)), Z_NO_FLUSH);
    }
    std::string finish()
    {
        run({}, Z_FINISH);
        return std::move(m_packed);
    }

private:
    void run(ZipWriter::Piece piece, int flush)
    {
        m_stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(piece.data()));
        m_stream.avail_in = static_cast<uInt>(piece.size());
        char buffer[65536];
        do {
            m_stream.next_out = reinterpret_cast<Bytef*>(buffer);
            m_stream.avail_out = sizeof buffer;
            deflate(&m_stream, flush);
            m_packed.append(buffer, sizeof buffer - m_stream.avail_out);
        } while (m_stream.avail_out == 0);
    }

    z_stream m_stream = {};
    std::string m_packed;
};

} // namespace

struct ZipWriter::Member {
    std::string name;
    Packing packing;
    std::uint32_t crc = 0;
    std::uint64_t size = 0, packedSize = 0;

    // The fields that the local and the central header share, in their common order.
    void putCommon(std::string& out) const
    {
        put16(out, 20); // version needed: 2.0
        put16(out, 1 << 11); // names are UTF-8
        put16(out, packing == Packing::Deflated ? 8 : 0);
        put16(out, 0);
        put16(out, dosDate);
        put32(out, crc);
        put32(out, static_cast<std::uint32_t>(packedSize));
        put32(out, static_cast<std::uint32_t>(size));
        put16(out, static_cast<std::uint16_t>(name.size()));
        put16(out, 0);
    }
};

ZipWriter::ZipWriter(const Path& target)
    : m_target(target)
    , m_file(target)
{
}

void ZipWriter::add(const std::string& name, std::initializer_list<Piece> pieces, Packing packing)
{
    Member member{name, packing};
    for (const Piece piece : pieces) {
        if (piece.empty())
            continue; // zlib takes a null pointer as "begin anew"
        member.size += piece.size();
        member.crc = static_cast<std::uint32_t>(
            crc32_z(member.crc, reinterpret_cast<const Bytef*>(piece.data()), piece.size()));
    }
    std::string packed;
    if (packing == Packing::Deflated) {
        Deflater deflater;
        for (const Piece piece : pieces)
            deflater.write(piece);
        packed = deflater.finish();
    }
    member.packedSize = packing == Packing::Deflated ? packed.size() : member.size;
    const std::uint64_t headers = m_central.size() + 2 * name.size() + 128; // of this member, and all at the end
    if (member.size > largest || m_offset + member.packedSize + headers > largest || m_members == 65535)
        throw Error(ErrorKind::Usage, "'" + m_target.string() + "' would be larger than the 4 GiB of a zip archive",
            "write a smaller selection");

    std::string local;
    put32(local, 0x04034b50);
    member.putCommon(local);
    local += name;
    m_file.write(local);
    m_file.write(packed);
    for (const Piece piece : pieces)
        if (packing == Packing::Stored)
            m_file.write(piece.data(), piece.size());

    put32(m_central, 0x02014b50);
    put16(m_central, 20); // version made by: 2.0
    member.putCommon(m_central);
    put16(m_central, 0); // comment
    put16(m_central, 0); // disk
    put16(m_central, 0); // internal attributes
    put32(m_central, 0); // external attributes
    put32(m_central, static_cast<std::uint32_t>(m_offset));
    m_central += name;
    m_offset += local.size() + member.packedSize;
    ++m_members;
}

void ZipWriter::commit()
{
    std::string end = std::move(m_central);
    const auto centralSize = static_cast<std::uint32_t>(end.size());
    put32(end, 0x06054b50);
    put16(end, 0);
    put16(end, 0);
    put16(end, m_members);
    put16(end, m_members);
    put32(end, centralSize);
    put32(end, static_cast<std::uint32_t>(m_offset));
    put16(end, 0);
    m_file.write(end);
    m_file.commit();
}

} // namespace recoscope
