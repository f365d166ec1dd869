// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/mark_column.h"

#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/core/packed.h"
#include "engine/data/importers/field_values.h"

namespace recoscope {

static_assert(MarkColumn::mostNames == EventMark::unknown);

MarkColumn::MarkColumn(Source source)
    : m_source(std::move(source))
{
}

std::uint8_t MarkColumn::numberOf(std::string_view field, std::int64_t line)
{
    if (!m_givenUp.empty())
        return EventMark::unknown;
    const std::string_view name = trimmed(field);
    if (name.empty()) {
        ++m_empty;
        return EventMark::unknown;
    }
    const auto known = m_numbers.find(name);
    if (known != m_numbers.end())
        return known->second;
    if (name.size() > longestName)
        return giveUp("holds a text of " + std::to_string(name.size()) + " bytes; at most "
                + std::to_string(longestName) + " can be the name of a " + m_source.role,
            line);
    if (m_names.size() == mostNames)
        return giveUp("holds more than " + std::to_string(mostNames) + " different names of a " + m_source.role, line);
    const auto number = static_cast<std::uint8_t>(m_names.size());
    m_names.emplace_back(name);
    m_numbers.emplace(name, number);
    return number;
}

std::uint8_t MarkColumn::giveUp(const std::string& found, std::int64_t line)
{
    if (m_source.isGiven)
        throw Error(ErrorKind::Input,
            "'" + m_source.file + "', line " + std::to_string(line) + ": column '" + printable(m_source.column) + "' "
                + found,
            "choose another column (--" + m_source.role
                + "), give the rarest values one name, or leave the column out (--" + m_source.role + " none)");
    m_givenUp = found + " (line " + std::to_string(line) + ")";
    m_names.clear();
    return EventMark::unknown;
}

void MarkColumn::report(std::int64_t rows, DropLog& drops) const
{
    const std::string column = "column '" + m_source.column + "' ";
    if (!m_givenUp.empty())
        drops.warn(column + "was taken for the " + m_source.role + " of events by its name and " + m_givenUp
            + ": it was not read");
    else if (m_empty > 0)
        drops.warn(grouped(m_empty) + " of " + counted(rows, "row has", "rows have") + " no " + m_source.role + " ("
            + column + "is empty); they were kept" + (m_names.empty() ? ", and no event has one" : ""));
}

} // namespace recoscope
