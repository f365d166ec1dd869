// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/line_reader.h"

#include <algorithm>
#include <cstring>

namespace recoscope {

namespace {

constexpr std::size_t firstBuffer = std::size_t(1) << 16; // what readers of blocks make of it stays in the second cache
constexpr std::size_t keptOfLongLine = 200;
constexpr std::size_t tooFar = std::string_view::npos;

} // namespace

LineReader::LineReader(std::unique_ptr<ByteSource> source, std::size_t maxLine)
    : m_source(std::move(source))
    , m_maxLine(maxLine)
    , m_buffer(std::min(firstBuffer, maxLine + 1))
{
}

bool LineReader::fill()
{
    if (m_ended)
        return false;
    if (m_begin > 0) {
        std::memmove(m_buffer.data(), m_buffer.data() + m_begin, m_end - m_begin);
        m_end -= m_begin;
        m_begin = 0;
    }
    if (m_end == m_buffer.size())
        m_buffer.resize(std::min(2 * m_buffer.size(), m_maxLine + 1));
    const std::size_t got = m_source->read(m_buffer.data() + m_end, m_buffer.size() - m_end);
    m_end += got;
    m_ended = got == 0;
    return got > 0;
}

std::size_t LineReader::firstLineEnd()
{
    std::size_t searched = m_begin;
    for (;;) {
        const void* found = std::memchr(m_buffer.data() + searched, '\n', m_end - searched);
        if (found)
            return static_cast<std::size_t>(static_cast<const char*>(found) - m_buffer.data()) + 1;
        const std::size_t pending = m_end - m_begin;
        if (pending > m_maxLine)
            return tooFar;
        if (!fill())
            return m_end;
        searched = m_begin + pending;
    }
}

std::string_view LineReader::skipLongLine()
{
    m_tooLong = true;
    // The cut beginning stays at the front of the buffer; the rest of the line is read over the space behind it.
    std::memmove(m_buffer.data(), m_buffer.data() + m_begin, keptOfLongLine);
    for (;;) {
        m_begin = keptOfLongLine;
        m_end = keptOfLongLine + m_source->read(m_buffer.data() + m_begin, m_buffer.size() - m_begin);
        m_ended = m_end == m_begin;
        const void* found = std::memchr(m_buffer.data() + m_begin, '\n', m_end - m_begin);
        if (found)
            m_begin = static_cast<std::size_t>(static_cast<const char*>(found) - m_buffer.data()) + 1;
        if (found || m_ended)
            return {m_buffer.data(), keptOfLongLine};
    }
}

bool LineReader::next(std::string_view& line)
{
    m_tooLong = false;
    const std::size_t end = firstLineEnd();
    if (end == m_begin)
        return false;
    ++m_line;
    if (end == tooFar) {
        line = skipLongLine();
        return true;
    }
    line = {m_buffer.data() + m_begin, end - m_begin};
    m_begin = end;
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return true;
}

bool LineReader::nextBlock(std::string_view& block)
{
    m_tooLong = false;
    const std::size_t first = firstLineEnd();
    if (first == m_begin)
        return false;
    if (first == tooFar) {
        block = skipLongLine();
        return true;
    }
    std::size_t end = m_end;
    while (end > first && m_buffer[end - 1] != '\n')
        --end;
    block = {m_buffer.data() + m_begin, end - m_begin};
    m_begin = end;
    return true;
}

} // namespace recoscope
