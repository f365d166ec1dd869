// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A column that says where events took place or of which kind they are: every different text becomes a number, in the
// order of first appearance, and the texts become the dataset's names. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/importers/drop_log.h"

namespace recoscope {

class MarkColumn {
public:
    static constexpr std::size_t mostNames = 255; // EventMark::unknown is no number of a name
    static constexpr std::size_t longestName = 200; // bytes

    struct Source {
        std::string role; // "surface" or "kind"
        std::string column, file;
        bool isGiven = false; // asked for by the user, not recognised by its name
    };
    explicit MarkColumn(Source source);

    // The number of what the field says without blanks around it; EventMark::unknown for an empty one. A text that is
    // no name, or one name too many: Error{Input} for a column that the user asked for, otherwise the column is given
    // up.
    std::uint8_t numberOf(std::string_view field, std::int64_t line);
    const std::vector<std::string>& names() const { return m_names; }
    // Warns of `rows` rows without a name and of a column that was given up.
    void report(std::int64_t rows, DropLog& drops) const;

private:
    std::uint8_t giveUp(const std::string& found, std::int64_t line);

    Source m_source;
    std::map<std::string, std::uint8_t, std::less<>> m_numbers;
    std::vector<std::string> m_names;
    std::int64_t m_empty = 0; // fields
    std::string m_givenUp; // why; "" = it was not
};

} // namespace recoscope
