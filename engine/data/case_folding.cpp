// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/case_folding.h"

#include <algorithm>

#include <sqlite3.h>
#include <unicode/unistr.h>

namespace recoscope {

namespace {

bool isAscii(std::string_view text)
{
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

void foldedOfSql(sqlite3_context* context, int, sqlite3_value** arguments)
{
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
    if (!text) {
        sqlite3_result_null(context);
        return;
    }
    const std::string folded = foldedCase({text, static_cast<std::size_t>(sqlite3_value_bytes(arguments[0]))});
    sqlite3_result_text(context, folded.data(), static_cast<int>(folded.size()), SQLITE_TRANSIENT);
}

} // namespace

std::string foldedCase(std::string_view utf8)
{
    std::string folded(utf8);
    if (isAscii(utf8)) {
        std::transform(folded.begin(), folded.end(), folded.begin(),
            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
        return folded;
    }
    const icu::StringPiece piece(utf8.data(), static_cast<std::int32_t>(utf8.size()));
    folded.clear();
    icu::UnicodeString::fromUTF8(piece).foldCase().toUTF8String(folded);
    return folded;
}

void addFoldedCase(sqlite3* database)
{
    sqlite3_create_function(
        database, "folded", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nullptr, foldedOfSql, nullptr, nullptr);
}

} // namespace recoscope
