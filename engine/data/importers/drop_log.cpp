// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/drop_log.h"

#include <algorithm>
#include <utility>

#include "engine/data/importers/text_encoding.h"

namespace recoscope {

namespace {

constexpr std::size_t maxExamples = 20;

std::size_t characterLength(std::string_view text)
{
    for (std::size_t length = 1; length <= std::min<std::size_t>(4, text.size()); ++length) {
        if (isUtf8(text.substr(0, length)))
            return length;
    }
    return 0;
}

} // namespace

std::string printable(std::string_view text, std::size_t limit)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text[0]);
        const std::size_t length = (byte < 0x20 && byte != '\t') || byte == 0x7f ? 0 : characterLength(text);
        const std::string piece = length > 0 ? std::string(text.substr(0, length))
                                             : std::string("\\x") + digits[byte >> 4] + digits[byte & 15];
        if (out.size() + piece.size() > limit)
            break;
        out += piece;
        text.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return out;
}

void DropLog::drop(std::string_view reason, std::int64_t line, std::string_view text)
{
    auto& dropped = m_report.dropped;
    auto entry = std::find_if(dropped.begin(), dropped.end(), [&](const auto& one) { return one.reason == reason; });
    if (entry == dropped.end())
        entry = dropped.insert(entry, {std::string(reason), 0, {}});
    ++entry->count;
    if (entry->examples.size() < maxExamples)
        entry->examples.push_back({line, printable(text)});
}

void DropLog::warn(std::string_view text)
{
    m_report.warnings.push_back(printable(text, 1000)); // file names in it may be in any encoding
}

ImportReport DropLog::finish() const
{
    ImportReport report = m_report;
    report.rowsRead = report.rowsKept;
    for (const ImportReport::Dropped& entry : report.dropped)
        report.rowsRead += entry.count;
    return report;
}

std::string DropLog::summary() const
{
    const ImportReport report = finish();
    std::string text;
    for (const ImportReport::Dropped& entry : report.dropped) {
        text += (text.empty() ? "" : "; ") + std::to_string(entry.count) + " of " + std::to_string(report.rowsRead)
            + " rows: " + entry.reason + " (line " + std::to_string(entry.examples.front().line) + ")";
    }
    return text;
}

} // namespace recoscope
