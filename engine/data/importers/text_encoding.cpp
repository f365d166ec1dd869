// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/text_encoding.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <simdjson.h>

#include "engine/core/error.h"

namespace recoscope {

namespace {

void appendUtf8(std::string& out, char32_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xf0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

// Turns chunks of one encoding into UTF-8; keeps what a chunk boundary cuts in two.
class Converter {
public:
    explicit Converter(TextEncoding encoding)
        : m_encoding(encoding)
    {
    }

    void convert(std::string_view bytes, bool last, std::string& out)
    {
        if (m_encoding == TextEncoding::Latin1) {
            out += latin1ToUtf8(bytes);
            return;
        }
        for (const char byte : bytes) {
            if (m_haveByte)
                unit(combine(m_byte, byte), out);
            else
                m_byte = byte;
            m_haveByte = !m_haveByte;
        }
        if (last && (m_haveByte || m_high != 0))
            appendUtf8(out, 0xfffd);
    }

private:
    char16_t combine(char first, char second) const
    {
        const auto a = static_cast<unsigned char>(first), b = static_cast<unsigned char>(second);
        return static_cast<char16_t>(m_encoding == TextEncoding::Utf16Le ? a | (b << 8) : (a << 8) | b);
    }

    void unit(char16_t value, std::string& out)
    {
        const bool low = value >= 0xdc00 && value <= 0xdfff;
        if (m_high != 0) {
            appendUtf8(out, low ? 0x10000 + ((char32_t(m_high) - 0xd800) << 10) + (value - 0xdc00) : 0xfffd);
            m_high = 0;
            if (low)
                return;
        }
        if (value >= 0xd800 && value <= 0xdbff)
            m_high = value;
        else if (low)
            appendUtf8(out, 0xfffd);
        else
            appendUtf8(out, value);
    }

    TextEncoding m_encoding;
    char m_byte = 0;
    bool m_haveByte = false;
    char16_t m_high = 0;
};

class ConvertingSource : public ByteSource {
public:
    ConvertingSource(std::unique_ptr<ByteSource> source, TextEncoding encoding)
        : ByteSource(source->name())
        , m_source(std::move(source))
        , m_converter(encoding)
        , m_input(std::size_t(1) << 16)
    {
    }

    std::size_t read(char* buffer, std::size_t capacity) override
    {
        while (m_position == m_output.size() && !m_ended) {
            const std::size_t got = m_source->read(m_input.data(), m_input.size());
            m_output.clear();
            m_position = 0;
            m_ended = got == 0;
            m_converter.convert({m_input.data(), got}, m_ended, m_output);
        }
        const std::size_t count = std::min(capacity, m_output.size() - m_position);
        std::memcpy(buffer, m_output.data() + m_position, count);
        m_position += count;
        return count;
    }
    double fraction() const override { return m_source->fraction(); }

private:
    std::unique_ptr<ByteSource> m_source;
    Converter m_converter;
    std::vector<char> m_input;
    std::string m_output;
    std::size_t m_position = 0;
    bool m_ended = false;
};

// Takes a UTF-8 byte order mark away from the front and otherwise stays out of the way.
class MarkSkippingSource : public ByteSource {
public:
    explicit MarkSkippingSource(std::unique_ptr<ByteSource> source)
        : ByteSource(source->name())
        , m_source(std::move(source))
    {
        char bytes[3];
        while (m_head.size() < sizeof bytes) {
            const std::size_t got = m_source->read(bytes, sizeof bytes - m_head.size());
            if (got == 0)
                break;
            m_head.append(bytes, got);
        }
        if (m_head == "\xef\xbb\xbf")
            m_head.clear();
    }

    std::size_t read(char* buffer, std::size_t capacity) override
    {
        if (m_head.empty())
            return m_source->read(buffer, capacity);
        const std::size_t count = std::min(capacity, m_head.size());
        std::memcpy(buffer, m_head.data(), count);
        m_head.erase(0, count);
        return count;
    }
    double fraction() const override { return m_source->fraction(); }

private:
    std::unique_ptr<ByteSource> m_source;
    std::string m_head;
};

// The largest prefix of `text` that does not end inside a UTF-8 character.
std::string_view wholeCharacters(std::string_view text)
{
    for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
        const auto byte = static_cast<unsigned char>(text[text.size() - back]);
        if ((byte & 0xc0) == 0x80)
            continue;
        const std::size_t length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
        return length > back ? text.substr(0, text.size() - back) : text;
    }
    return text;
}

} // namespace

const char* textEncodingName(TextEncoding encoding)
{
    switch (encoding) {
    case TextEncoding::Utf8: return "utf-8";
    case TextEncoding::Utf16Le: return "utf-16le";
    case TextEncoding::Utf16Be: return "utf-16be";
    case TextEncoding::Latin1: return "latin-1";
    }
    return "utf-8";
}

TextEncoding parseTextEncoding(const std::string& name)
{
    for (const TextEncoding encoding :
        {TextEncoding::Utf8, TextEncoding::Utf16Le, TextEncoding::Utf16Be, TextEncoding::Latin1}) {
        if (name == textEncodingName(encoding))
            return encoding;
    }
    throw Error(ErrorKind::Usage, "unknown encoding '" + name + "'", "use utf-8, utf-16le, utf-16be or latin-1");
}

bool isUtf8(std::string_view text)
{
    return simdjson::validate_utf8(text.data(), text.size());
}

std::string latin1ToUtf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text)
        appendUtf8(out, static_cast<unsigned char>(c));
    return out;
}

TextEncoding detectEncoding(std::string_view head)
{
    if (head.starts_with("\xff\xfe"))
        return TextEncoding::Utf16Le;
    if (head.starts_with("\xfe\xff"))
        return TextEncoding::Utf16Be;
    std::size_t zeros[2] = {0, 0};
    for (std::size_t i = 0; i < head.size(); ++i)
        zeros[i % 2] += head[i] == '\0';
    // ASCII in UTF-16 has a zero in every second byte; a stray NUL in a damaged file does not reach a quarter.
    if (zeros[1] > head.size() / 4 && zeros[0] == 0)
        return TextEncoding::Utf16Le;
    if (zeros[0] > head.size() / 4 && zeros[1] == 0)
        return TextEncoding::Utf16Be;
    return isUtf8(wholeCharacters(head)) ? TextEncoding::Utf8 : TextEncoding::Latin1;
}

std::unique_ptr<ByteSource> readText(std::unique_ptr<ByteSource> source, TextEncoding encoding)
{
    if (encoding != TextEncoding::Utf8)
        source = std::make_unique<ConvertingSource>(std::move(source), encoding);
    return std::make_unique<MarkSkippingSource>(std::move(source));
}

} // namespace recoscope
