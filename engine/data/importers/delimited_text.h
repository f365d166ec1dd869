// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What is known about a delimited table of interactions, and how one line of it becomes fields.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/importers/byte_source.h"
#include "engine/data/importers/field_values.h"
#include "engine/data/importers/text_encoding.h"

namespace recoscope {

struct DelimitedLayout {
    std::string delimiter = ","; // one or more bytes, none of them a digit
    char quote = '"'; // 0 = none
    bool header = false;
    TextEncoding encoding = TextEncoding::Utf8;
    TimeUnit timeUnit = TimeUnit::None;
    std::vector<std::string> columns; // names, or "1", "2", ...
    int user = -1, item = -1, time = -1, rating = -1, surface = -1, kind = -1; // positions in `columns`; -1 = none
};

// Splits lines; the views are valid until the next call and as long as the line is.
class FieldSplitter {
public:
    FieldSplitter(std::string delimiter, char quote)
        : m_delimiter(std::move(delimiter))
        , m_quote(quote)
    {
    }

    // False when a quoted field is still open at the end: the record goes on in the next line.
    bool split(std::string_view line);
    const std::vector<std::string_view>& fields() const { return m_fields; }

private:
    bool takeQuoted(std::string_view line, std::size_t& position);

    std::string m_delimiter;
    char m_quote;
    std::vector<std::string_view> m_fields;
    std::string m_unquoted;
};

// Every record of a table (UTF-8 text), header included, with its line number; quoted fields may span lines. `row`
// returns false to stop.
void readTable(std::unique_ptr<ByteSource> text, const std::string& delimiter, char quote,
    const std::function<bool(const std::vector<std::string_view>& fields, std::int64_t line)>& row);

// The first 64 KiB, as they lie in the file (unpacked).
std::string readHead(ByteSource& source, std::size_t bytes = 65536);

} // namespace recoscope
