// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/byte_source.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include <zlib.h>

#include "engine/core/error.h"

namespace recoscope {

namespace {

class PlainSource : public ByteSource {
public:
    explicit PlainSource(const Path& path)
        : ByteSource(path.filename().string())
        , m_file(path)
    {
    }

    std::size_t read(char* buffer, std::size_t capacity) override
    {
        const std::size_t got = m_file.read(buffer, capacity);
        m_read += got;
        return got;
    }
    double fraction() const override
    {
        return m_file.size() == 0 ? 1.0 : static_cast<double>(m_read) / static_cast<double>(m_file.size());
    }

private:
    InputFile m_file;
    std::uint64_t m_read = 0;
};

class MemorySource : public ByteSource {
public:
    MemorySource(std::string name, std::string bytes)
        : ByteSource(std::move(name))
        , m_bytes(std::move(bytes))
    {
    }

    std::size_t read(char* buffer, std::size_t capacity) override
    {
        const std::size_t count = std::min(capacity, m_bytes.size() - m_read);
        std::memcpy(buffer, m_bytes.data() + m_read, count);
        m_read += count;
        return count;
    }
    double fraction() const override
    {
        return m_bytes.empty() ? 1.0 : static_cast<double>(m_read) / static_cast<double>(m_bytes.size());
    }

private:
    std::string m_bytes;
    std::size_t m_read = 0;
};

// zlib itself rather than libarchive, because it checks the CRC and length at the end of each gzip member.
class GzipSource : public ByteSource {
public:
    GzipSource(const Path& path, const UnpackLimits& limits)
        : ByteSource(path.filename().string())
        , m_file(path)
        , m_limits(limits)
        , m_input(std::size_t(1) << 18)
    {
        if (inflateInit2(&m_stream, 15 + 16) != Z_OK)
            throw Error(ErrorKind::Resource, "no memory to unpack '" + name() + "'", "close other programs");
    }
    ~GzipSource() override { inflateEnd(&m_stream); }

    std::size_t read(char* buffer, std::size_t capacity) override
    {
        m_stream.next_out = reinterpret_cast<Bytef*>(buffer);
        m_stream.avail_out = static_cast<uInt>(std::min<std::size_t>(capacity, 1u << 30));
        const uInt wanted = m_stream.avail_out;
        while (m_stream.avail_out == wanted && !m_ended)
            step();
        const std::size_t got = wanted - m_stream.avail_out;
        m_unpacked += got;
        checkUnpacked(name(), m_packed, m_unpacked, m_limits);
        return got;
    }
    double fraction() const override
    {
        return static_cast<double>(m_packed) / static_cast<double>(std::max<std::uint64_t>(m_file.size(), 1));
    }

private:
    void step()
    {
        if (m_stream.avail_in == 0 && !refill()) {
            if (m_inMember)
                throw Error(ErrorKind::Input,
                    "'" + name() + "' is cut short: the gzip data ends after " + std::to_string(m_packed) + " bytes",
                    "fetch or copy the file again");
            m_ended = true;
            return;
        }
        if (!m_inMember && !startMember())
            return;
        const int code = inflate(&m_stream, Z_NO_FLUSH);
        if (code == Z_STREAM_END)
            m_inMember = false;
        else if (code != Z_OK && code != Z_BUF_ERROR)
            throw Error(ErrorKind::Input,
                "'" + name() + "' is damaged: " + (m_stream.msg ? m_stream.msg : "bad gzip data") + " near byte "
                    + std::to_string(m_packed - m_stream.avail_in),
                "fetch or copy the file again");
    }

    // Members may follow one another; what follows the last and is no member (padding of tapes) is ignored, as gzip
    // does.
    bool startMember()
    {
        if (m_members > 0 && m_stream.next_in[0] != 0x1f) {
            m_ended = true;
            return false;
        }
        ++m_members;
        m_inMember = true;
        inflateReset(&m_stream);
        return true;
    }

    bool refill()
    {
        const std::size_t got = m_file.read(m_input.data(), m_input.size());
        m_packed += got;
        m_stream.next_in = reinterpret_cast<Bytef*>(m_input.data());
        m_stream.avail_in = static_cast<uInt>(got);
        return got > 0;
    }

    InputFile m_file;
    UnpackLimits m_limits;
    std::vector<char> m_input;
    z_stream m_stream = {};
    std::uint64_t m_packed = 0;
    std::uint64_t m_unpacked = 0;
    int m_members = 0;
    bool m_inMember = false;
    bool m_ended = false;
};

std::string firstBytes(const Path& path)
{
    InputFile file(path);
    char bytes[6];
    return std::string(bytes, file.read(bytes, sizeof bytes));
}

} // namespace

void checkUnpacked(const std::string& name, std::uint64_t packed, std::uint64_t unpacked, const UnpackLimits& limits)
{
    const bool tooThin = unpacked > limits.graceBytes
        && static_cast<double>(unpacked) > limits.ratio * static_cast<double>(std::max<std::uint64_t>(packed, 1));
    if (tooThin || unpacked > limits.totalBytes)
        throw Error(ErrorKind::Input,
            "'" + name + "' unpacks to more than " + std::to_string(unpacked >> 20) + " MB from "
                + std::to_string(packed >> 10) + " KB: this is no file of interactions",
            "unpack it yourself if you trust it, and import the result");
}

std::unique_ptr<ByteSource> openByteSource(const Path& file, const UnpackLimits& limits)
{
    const std::string magic = firstBytes(file);
    const auto begins = [&magic](std::string_view bytes) { return magic.starts_with(bytes); };
    if (begins("\x1f\x8b"))
        return std::make_unique<GzipSource>(file, limits);
    if (begins("PK\x03\x04") || begins("PK\x05\x06"))
        throw Error(ErrorKind::Input, "'" + file.string() + "' is a zip archive where a single file is expected",
            "import the archive itself, or unpack it first");
    using namespace std::string_view_literals;
    if (begins("\x28\xb5\x2f\xfd") || begins("BZh")
        || begins("\xfd"
                  "7zXZ\0"sv))
        return openFilteredFile(file, limits);
    return std::make_unique<PlainSource>(file);
}

std::unique_ptr<ByteSource> makeMemorySource(std::string name, std::string bytes)
{
    return std::make_unique<MemorySource>(std::move(name), std::move(bytes));
}

std::string readAll(ByteSource& source, std::uint64_t maxBytes)
{
    std::string content;
    std::vector<char> buffer(std::size_t(1) << 18);
    while (const std::size_t got = source.read(buffer.data(), buffer.size())) {
        content.append(buffer.data(), got);
        if (content.size() > maxBytes)
            throw Error(ErrorKind::Input,
                "'" + source.name() + "' is larger than the " + std::to_string(maxBytes >> 20)
                    + " MB that are read whole",
                "split the file, or convert it to a delimited table");
    }
    return content;
}

bool isZip(const Path& file)
{
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored))
        return false;
    const std::string magic = firstBytes(file);
    return magic.starts_with("PK\x03\x04") || magic.starts_with("PK\x05\x06");
}

} // namespace recoscope
