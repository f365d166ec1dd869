// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Writing of CSV files: fields by RFC 4180, numbers as the shortest text that reads back the same, lines gathered into
// large writes of an atomic file. Errors as in core/file.h.
#pragma once

#include <charconv>
#include <string>
#include <string_view>

#include "engine/core/file.h"

namespace recoscope {

// Quoted only where it must be, so that plain ids stay exactly as they were.
inline void appendField(std::string& line, std::string_view text)
{
    if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
        line += text;
        return;
    }
    line += '"';
    for (char c : text) {
        if (c == '"')
            line += '"';
        line += c;
    }
    line += '"';
}

template <class Number> void appendNumber(std::string& line, Number value)
{
    char buffer[64];
    const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
    line.append(buffer, error == std::errc() ? end : buffer);
}

// Nothing is left behind without commit().
class CsvFile {
public:
    explicit CsvFile(const Path& path)
        : m_file(path)
    {
    }
    std::string& text() { return m_text; }
    void endLine()
    {
        m_text += '\n';
        if (m_text.size() >= largeWrite)
            flush();
    }
    void commit()
    {
        flush();
        m_file.commit();
    }

private:
    static constexpr std::size_t largeWrite = 1 << 20;
    void flush()
    {
        m_file.write(m_text);
        m_text.clear();
    }
    AtomicFile m_file;
    std::string m_text;
};

} // namespace recoscope
