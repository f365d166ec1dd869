// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Lines of a stream without their ends ("\n", "\r\n", or a lone "\r" of old files is kept as a character). A line
// beyond the limit is handed out cut and marked, and reading goes on behind it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/data/importers/byte_source.h"

namespace recoscope {

inline constexpr std::size_t maxLineBytes = std::size_t(10) << 20;

class LineReader {
public:
    explicit LineReader(std::unique_ptr<ByteSource> source, std::size_t maxLine = maxLineBytes);

    // False at the end. `line` is valid until the next call.
    bool next(std::string_view& line);
    std::int64_t lineNumber() const { return m_line; } // 1-based, of the last line
    bool tooLong() const { return m_tooLong; } // the last line was cut
    double fraction() const { return m_source->fraction(); }
    const std::string& name() const { return m_source->name(); }

    // For readers of whole blocks: all complete lines that are in the buffer, ends included (the last line of the
    // stream may have none); false at the end. The caller tells with countLines() how many it took. A line beyond the
    // limit comes alone, cut, and with tooLong().
    bool nextBlock(std::string_view& block);
    void countLines(std::int64_t lines) { m_line += lines; }

private:
    bool fill();
    // The end of the first complete line (behind its '\n'), reading more as needed; npos when the line is too long.
    std::size_t firstLineEnd();
    std::string_view skipLongLine();

    std::unique_ptr<ByteSource> m_source;
    std::size_t m_maxLine;
    std::vector<char> m_buffer;
    std::size_t m_begin = 0; // unread bytes are [m_begin, m_end)
    std::size_t m_end = 0;
    std::int64_t m_line = 0;
    bool m_tooLong = false;
    bool m_ended = false;
};

} // namespace recoscope
