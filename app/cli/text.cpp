// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <span>

#include "engine/core/error.h"

namespace recoscope::cli {

namespace {

std::size_t columnsOf(const std::string& text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool numeric(const std::string& text)
{
    return text.find_first_not_of("0123456789.,+-−<>≤=%≈ ") == std::string::npos;
}

} // namespace

TextTable::TextTable(std::vector<std::string> head)
    : m_rows{std::move(head)}
{
}

void TextTable::add(std::vector<std::string> row)
{
    row.resize(m_rows.front().size());
    m_rows.push_back(std::move(row));
}

std::string TextTable::text() const
{
    const std::size_t columns = m_rows.front().size();
    std::vector<std::size_t> width(columns, 0);
    std::vector<bool> right(columns, m_rows.size() > 1);
    for (std::size_t r = 0; r < m_rows.size(); ++r)
        for (std::size_t c = 0; c < columns; ++c) {
            width[c] = std::max(width[c], columnsOf(m_rows[r][c]));
            if (r > 0 && !numeric(m_rows[r][c]))
                right[c] = false;
        }
    std::string out;
    const bool headless = std::all_of(m_rows[0].begin(), m_rows[0].end(), [](const auto& h) { return h.empty(); });
    for (const auto& row : std::span(m_rows).subspan(headless ? 1 : 0)) {
        std::string line;
        for (std::size_t c = 0; c < columns; ++c) {
            const std::string padding(width[c] - columnsOf(row[c]), ' ');
            line += (c > 0 ? "  " : "") + (right[c] ? padding + row[c] : row[c] + padding);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + "\n";
    }
    return out;
}

std::string fixed(double value, int decimals)
{
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
    return buffer;
}

std::string signedFixed(double value, int decimals)
{
    return (value < 0.0 ? "" : "+") + fixed(value, decimals);
}

std::string probability(double p)
{
    return p < 0.0001 ? "< 0.0001" : fixed(p, 4);
}

std::string bytesText(double bytes)
{
    static const char* units[] = {"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    for (; bytes >= 1000.0 && unit < 4; ++unit)
        bytes /= 1000.0;
    return fixed(bytes, unit == 0 ? 0 : 1) + " " + units[unit];
}

std::vector<std::string> splitList(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(separator, begin), text.size());
        if (end > begin)
            parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

std::vector<std::int64_t> splitNumbers(const std::string& text, const std::string& option)
{
    std::vector<std::int64_t> numbers;
    for (const std::string& part : splitList(text)) {
        std::int64_t value = 0;
        const auto [stop, error] = std::from_chars(part.data(), part.data() + part.size(), value);
        if (error != std::errc() || stop != part.data() + part.size() || value < 1)
            throw Error(ErrorKind::Usage, option + ": \"" + part + "\" is not a whole number from 1",
                "write numbers with commas between them, for example " + option + " 50,200");
        numbers.push_back(value);
    }
    if (numbers.empty())
        throw Error(ErrorKind::Usage, option + " needs at least one number", "for example " + option + " 50,200");
    return numbers;
}

} // namespace recoscope::cli
