// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/npy.h"

#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/core/error.h"

namespace recoscope {

static_assert(std::endian::native == std::endian::little, "arrays are mapped as they lie in the file");

template <> const char* npyDescr<float>()
{
    return "<f4";
}
template <> const char* npyDescr<double>()
{
    return "<f8";
}
template <> const char* npyDescr<std::int8_t>()
{
    return "|i1";
}
template <> const char* npyDescr<std::int16_t>()
{
    return "<i2";
}
template <> const char* npyDescr<std::int32_t>()
{
    return "<i4";
}
template <> const char* npyDescr<std::int64_t>()
{
    return "<i8";
}
template <> const char* npyDescr<std::uint8_t>()
{
    return "|u1";
}
template <> const char* npyDescr<std::uint16_t>()
{
    return "<u2";
}
template <> const char* npyDescr<std::uint32_t>()
{
    return "<u4";
}
template <> const char* npyDescr<std::uint64_t>()
{
    return "<u8";
}

namespace {

constexpr std::string_view magic("\x93NUMPY", 6);
constexpr std::size_t maxNpyHeaderBytes = 1 << 20;
constexpr std::size_t maxDimensions = 32; // NumPy's own limit

// Bytes of one element, 0 for a type that is not read here.
std::size_t elementBytes(std::string_view descr)
{
    for (const char* known : {"|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<f4", "<i8", "<u8", "<f8"}) {
        if (descr == known)
            return static_cast<std::size_t>(known[2] - '0');
    }
    return 0;
}

Error damagedNpy(const Path& path, const std::string& what)
{
    return Error(ErrorKind::Input, "'" + path.string() + "' is not a usable .npy file: " + what,
        "write it again with numpy.save, or import the data again");
}

// Reads the Python dictionary of the header: three known keys with a string, a bool and a tuple.
class HeaderParser {
public:
    HeaderParser(const Path& path, std::string_view text)
        : m_path(path)
        , m_rest(text)
    {
    }

    void parse()
    {
        expect('{');
        while (!accept('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr")
                m_descr = quoted();
            else if (key == "fortran_order")
                m_fortran = boolean();
            else if (key == "shape")
                m_shape = tuple();
            else
                throw damagedNpy(m_path, "unknown header key '" + key.substr(0, 40) + "'");
            if (!accept(',')) {
                expect('}');
                break;
            }
        }
        skipSpace();
        if (!m_rest.empty() || !m_descr || !m_fortran || !m_shape)
            throw damagedNpy(m_path, "the header is not complete");
    }

    const std::string& descr() const { return *m_descr; }
    bool fortran() const { return *m_fortran; }
    const std::vector<std::int64_t>& shape() const { return *m_shape; }

private:
    void skipSpace()
    {
        while (!m_rest.empty() && (m_rest[0] == ' ' || m_rest[0] == '\n' || m_rest[0] == '\t'))
            m_rest.remove_prefix(1);
    }
    bool accept(char c)
    {
        skipSpace();
        if (m_rest.empty() || m_rest[0] != c)
            return false;
        m_rest.remove_prefix(1);
        return true;
    }
    void expect(char c)
    {
        if (!accept(c))
            throw damagedNpy(m_path, std::string("'") + c + "' expected in the header");
    }
    std::string quoted()
    {
        skipSpace();
        const char quote = m_rest.empty() ? '\0' : m_rest[0];
        const std::size_t end = quote == '\'' || quote == '"' ? m_rest.find(quote, 1) : std::string_view::npos;
        if (end == std::string_view::npos)
            throw damagedNpy(m_path, "a quoted name expected in the header (structured types are not read)");
        std::string value(m_rest.substr(1, end - 1));
        m_rest.remove_prefix(end + 1);
        return value;
    }
    bool boolean()
    {
        skipSpace();
        for (const std::string_view word : {"True", "False"}) {
            if (m_rest.starts_with(word)) {
                m_rest.remove_prefix(word.size());
                return word == "True";
            }
        }
        throw damagedNpy(m_path, "True or False expected in the header");
    }
    std::vector<std::int64_t> tuple()
    {
        std::vector<std::int64_t> values;
        expect('(');
        while (!accept(')')) {
            skipSpace();
            std::int64_t value = 0;
            const auto [end, code] = std::from_chars(m_rest.data(), m_rest.data() + m_rest.size(), value);
            if (code != std::errc() || value < 0 || values.size() >= maxDimensions)
                throw damagedNpy(m_path, "a bad shape in the header");
            m_rest.remove_prefix(static_cast<std::size_t>(end - m_rest.data()));
            values.push_back(value);
            if (!accept(',')) {
                expect(')');
                break;
            }
        }
        return values;
    }

    const Path& m_path;
    std::string_view m_rest;
    std::optional<std::string> m_descr;
    std::optional<bool> m_fortran;
    std::optional<std::vector<std::int64_t>> m_shape;
};

// Position and length of the header text, from the fixed part of version 1.0 or 2.0.
std::pair<std::size_t, std::size_t> headerExtent(const Path& path, std::span<const std::byte> bytes)
{
    if (bytes.size() < 10 || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0)
        throw damagedNpy(path, "it does not begin like one");
    const int major = std::to_integer<int>(bytes[6]);
    if (major != 1 && major != 2)
        throw damagedNpy(path, "version " + std::to_string(major) + " (1 and 2 are read)");
    std::uint32_t length = 0;
    const std::size_t start = major == 1 ? 10 : 12;
    if (bytes.size() < start)
        throw damagedNpy(path, "it is cut short in the header");
    std::memcpy(&length, bytes.data() + 8, start - 8);
    if (length > maxNpyHeaderBytes || length > bytes.size() - start)
        throw damagedNpy(path, "it is cut short in the header");
    return {start, length};
}

} // namespace

NpyArray::NpyArray(const Path& path)
    : m_path(path)
    , m_file(std::make_shared<MappedFile>(path))
{
    const auto bytes = m_file->bytes();
    const auto [start, length] = headerExtent(path, bytes);
    HeaderParser header(path, {reinterpret_cast<const char*>(bytes.data()) + start, length});
    header.parse();
    const std::size_t element = elementBytes(header.descr());
    if (element == 0)
        throw damagedNpy(path, "element type '" + header.descr().substr(0, 20) + "' is not one of f4 f8 i1..i8 u1..u8");
    if (header.fortran() && header.shape().size() > 1)
        throw damagedNpy(path, "Fortran order (numpy.ascontiguousarray first)");
    std::int64_t size = 1, total = 0;
    for (const std::int64_t extent : header.shape()) {
        if (__builtin_mul_overflow(size, extent, &size))
            throw damagedNpy(path, "the shape in the header is too large");
    }
    const std::size_t offset = start + length;
    if (__builtin_mul_overflow(size, static_cast<std::int64_t>(element), &total))
        throw damagedNpy(path, "the shape in the header is too large");
    if (static_cast<std::uint64_t>(total) != bytes.size() - offset)
        throw damagedNpy(path,
            "the header tells of " + std::to_string(total) + " bytes of data, the file has "
                + std::to_string(bytes.size() - offset));
    if (offset % element != 0)
        throw damagedNpy(path, "the data is not aligned");
    m_descr = header.descr();
    m_shape = header.shape();
    m_size = size;
    m_data = bytes.data() + offset;
}

void NpyArray::requireDescr(const char* descr) const
{
    if (m_descr != descr)
        throw Error(ErrorKind::Input,
            "'" + m_path.string() + "' holds elements of type " + m_descr + ", " + descr + " is needed",
            "convert it with numpy.astype, or import the data again");
}

std::string npyHeader(const std::string& descr, std::span<const std::int64_t> shape)
{
    std::string text = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
    text += shape.size() == 1 ? ",), }" : "), }";
    const std::size_t unpadded = magic.size() + 4 + text.size() + 1;
    text.append((64 - unpadded % 64) % 64, ' ');
    text += '\n';
    std::string header(magic);
    header += '\x01';
    header += '\x00';
    header += static_cast<char>(text.size() & 0xff);
    header += static_cast<char>(text.size() >> 8);
    return header + text;
}

void writeNpyBytes(
    const Path& path, const std::string& descr, std::span<const std::int64_t> shape, std::span<const std::byte> data)
{
    std::uint64_t expected = elementBytes(descr);
    for (const std::int64_t extent : shape)
        expected *= static_cast<std::uint64_t>(extent);
    if (expected != data.size())
        throw Error(ErrorKind::Internal, "shape and data of '" + path.string() + "' disagree", "report this as a bug");
    AtomicFile file(path);
    file.write(npyHeader(descr, shape));
    file.write(data.data(), data.size());
    file.commit();
}

} // namespace recoscope
