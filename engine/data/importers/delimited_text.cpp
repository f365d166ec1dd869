// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/delimited_text.h"

#include "engine/data/importers/line_reader.h"

namespace recoscope {

bool FieldSplitter::split(std::string_view line)
{
    m_fields.clear();
    m_unquoted.clear();
    m_unquoted.reserve(line.size()); // never grows below, so that the views into it stay
    std::size_t position = 0;
    for (;;) {
        if (m_quote != 0 && position < line.size() && line[position] == m_quote) {
            if (!takeQuoted(line, position))
                return false;
        } else {
            const std::size_t end = std::min(line.find(m_delimiter, position), line.size());
            m_fields.push_back(line.substr(position, end - position));
            position = end;
        }
        if (position >= line.size())
            return true;
        position += m_delimiter.size();
    }
}

bool FieldSplitter::takeQuoted(std::string_view line, std::size_t& position)
{
    const std::size_t begin = m_unquoted.size();
    for (std::size_t at = position + 1;;) {
        const std::size_t quote = line.find(m_quote, at);
        if (quote == std::string_view::npos)
            return false;
        m_unquoted.append(line.substr(at, quote - at));
        at = quote + 1;
        if (at < line.size() && line[at] == m_quote) { // "" is one quote
            m_unquoted += m_quote;
            ++at;
            continue;
        }
        // Text behind the closing quote belongs to the field as it stands.
        const std::size_t end = std::min(line.find(m_delimiter, at), line.size());
        m_unquoted.append(line.substr(at, end - at));
        m_fields.push_back(std::string_view(m_unquoted).substr(begin));
        position = end;
        return true;
    }
}

void readTable(std::unique_ptr<ByteSource> text, const std::string& delimiter, char quote,
    const std::function<bool(const std::vector<std::string_view>& fields, std::int64_t line)>& row)
{
    LineReader lines(std::move(text));
    FieldSplitter splitter(delimiter, quote);
    std::string_view line;
    std::string record;
    while (lines.next(line)) {
        const std::int64_t first = lines.lineNumber();
        bool complete = !lines.tooLong() && splitter.split(line);
        if (!complete && !lines.tooLong()) {
            record = line;
            while (!complete && record.size() < maxLineBytes && lines.next(line)) {
                record.append("\n").append(line);
                complete = splitter.split(record);
            }
        }
        if (complete && !(splitter.fields().size() == 1 && splitter.fields()[0].empty())
            && !row(splitter.fields(), first))
            return;
    }
}

std::string readHead(ByteSource& source, std::size_t bytes)
{
    std::string head(bytes, '\0');
    std::size_t filled = 0;
    while (filled < bytes) {
        const std::size_t got = source.read(head.data() + filled, bytes - filled);
        if (got == 0)
            break;
        filled += got;
    }
    head.resize(filled);
    return head;
}

} // namespace recoscope
