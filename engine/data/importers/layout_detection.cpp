// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/layout_detection.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "engine/core/error.h"
#include "engine/data/importers/column_roles.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/line_reader.h"

namespace recoscope {

namespace {

constexpr std::size_t previewRows = 50;

// Of importRoles, in their order.
constexpr std::array<int DelimitedLayout::*, importRoles.size()> positions
    = {&DelimitedLayout::user, &DelimitedLayout::item, &DelimitedLayout::time, &DelimitedLayout::rating,
        &DelimitedLayout::surface, &DelimitedLayout::kind};

std::vector<std::string> splitLine(const std::string& line, const std::string& delimiter, char quote)
{
    FieldSplitter splitter(delimiter, quote);
    if (!splitter.split(line))
        return {};
    return {splitter.fields().begin(), splitter.fields().end()};
}

// How many fields most lines have, and the share of lines that have so many.
std::pair<std::size_t, double> usualFields(
    const std::vector<std::string>& lines, const std::string& delimiter, char quote)
{
    std::map<std::size_t, std::size_t> counts;
    for (const std::string& line : lines)
        ++counts[splitLine(line, delimiter, quote).size()];
    std::pair<std::size_t, std::size_t> best{0, 0};
    for (const auto& [fields, count] : counts) {
        if (count > best.second)
            best = {fields, count};
    }
    return {best.first, lines.empty() ? 0.0 : static_cast<double>(best.second) / static_cast<double>(lines.size())};
}

std::string spelledDelimiter(const std::string& given)
{
    if (given == "\\t" || given == "tab")
        return "\t";
    if (given == "space")
        return " ";
    if (given.find_first_of("0123456789\n\r") != std::string::npos)
        throw Error(
            ErrorKind::Usage, "'" + given + "' cannot be a delimiter", "use one such as ',', ';', 'tab' or '::'");
    return given;
}

std::string columnList(const std::vector<std::string>& columns)
{
    std::string list;
    for (const std::string& column : columns)
        list += (list.empty() ? "" : ", ") + column;
    return printable(list);
}

class Detector {
public:
    Detector(const std::string& head, const std::string& name, const ImportOptions& options,
        const std::vector<std::string>& names)
        : m_name(name)
        , m_options(options)
        , m_names(names)
    {
        if (head.empty())
            throw Error(ErrorKind::Input, "'" + name + "' is empty (line 1: a row of interactions was expected)",
                "check that the file was copied completely");
        m_guess.layout.encoding = options.encoding.empty() ? detectEncoding(head) : parseTextEncoding(options.encoding);
        m_lines = headLines(head, m_guess.layout.encoding);
    }

    LayoutGuess detect()
    {
        splitRows();
        findHeader();
        checkHeader();
        findRoles();
        findTimeUnit();
        return std::move(m_guess);
    }

private:
    [[noreturn]] void fail(const std::string& what, const std::string& hint) const
    {
        throw Error(ErrorKind::Input, "'" + m_name + "', line 1: " + what, hint);
    }

    void splitRows()
    {
        DelimitedLayout& layout = m_guess.layout;
        layout.quote = m_options.quote == "none" ? '\0' : m_options.quote.empty() ? '"' : m_options.quote[0];
        layout.delimiter = m_options.delimiter.empty() ? detectDelimiter(m_lines, layout.quote)
                                                       : spelledDelimiter(m_options.delimiter);
        const std::size_t width
            = layout.delimiter.empty() ? 1 : usualFields(m_lines, layout.delimiter, layout.quote).first;
        const std::size_t first = layout.delimiter.empty() || m_lines.empty()
            ? 1
            : splitLine(m_lines[0], layout.delimiter, layout.quote).size();
        if (std::max(width, first) < 2)
            fail("one column only"
                    + (layout.delimiter.empty() ? std::string()
                                                : " with the delimiter '" + printable(layout.delimiter) + "'")
                    + "; at least a user and an item were expected",
                "name the delimiter, or another format");
        for (const std::string& line : m_lines)
            m_rows.push_back(splitLine(line, layout.delimiter, layout.quote));
    }

    static bool isNumber(const std::string& text) { return parseNumber(text).has_value(); }

    void findHeader()
    {
        DelimitedLayout& layout = m_guess.layout;
        const std::vector<std::string>& first = m_rows.front();
        if (m_options.header) {
            layout.header = *m_options.header;
        } else {
            const bool named = std::any_of(
                first.begin(), first.end(), [](const std::string& name) { return !roleOfColumn(name).empty(); });
            const bool numberInFirst = std::any_of(first.begin(), first.end(), isNumber);
            const bool numberInSecond = m_rows.size() > 1 && std::any_of(m_rows[1].begin(), m_rows[1].end(), isNumber);
            layout.header = named || (!numberInFirst && numberInSecond);
        }
        if (layout.header) {
            layout.columns = first;
            m_rows.erase(m_rows.begin());
        } else {
            const std::size_t width = usualFields(m_lines, layout.delimiter, layout.quote).first;
            for (std::size_t column = 1; column <= width; ++column)
                layout.columns.push_back(std::to_string(column));
            if (layout.columns.size() == m_names.size())
                layout.columns = m_names;
        }
        if (m_rows.empty())
            throw Error(ErrorKind::Input, "'" + m_name + "' has a header but no rows (line 2 was expected)",
                "check that the file was copied completely");
        for (const auto& row : m_rows) {
            if (row.size() == layout.columns.size() && m_guess.rows.size() < previewRows)
                m_guess.rows.push_back(row);
        }
    }

    void checkHeader() const
    {
        const auto& columns = m_guess.layout.columns;
        if (!m_guess.layout.header)
            return;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const bool used = !roleOfColumn(columns[i]).empty()
                || std::any_of(importRoles.begin(), importRoles.end(),
                    [&](const ImportRole& role) { return m_options.*role.column == columns[i]; });
            if (used
                && std::find(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(i), columns[i])
                    != columns.begin() + static_cast<std::ptrdiff_t>(i))
                fail("column '" + printable(columns[i]) + "' is there twice", "rename one of them, or remove it");
        }
    }

    // A column that the user named or numbered.
    int givenColumn(const std::string& given, const std::string& role) const
    {
        const auto& columns = m_guess.layout.columns;
        const auto found = std::find(columns.begin(), columns.end(), given);
        if (found != columns.end())
            return static_cast<int>(found - columns.begin());
        const std::optional<double> number = parseNumber(given);
        if (number && *number >= 1 && *number <= static_cast<double>(columns.size()) && *number == std::floor(*number))
            return static_cast<int>(*number) - 1;
        fail("no column '" + given + "' for the " + role + "; the columns are: " + columnList(columns),
            "use one of these names, or a number from 1 to " + std::to_string(columns.size()));
    }

    bool isTaken(int column) const
    {
        return std::any_of(
            positions.begin(), positions.end(), [&](auto position) { return m_guess.layout.*position == column; });
    }

    int columnByName(const std::string& role) const
    {
        const auto& columns = m_guess.layout.columns;
        for (std::size_t column = 0; column < columns.size(); ++column) {
            if (!isTaken(static_cast<int>(column))
                && (roleOfColumn(columns[column]) == role || markOfColumn(columns[column]) == role))
                return static_cast<int>(column);
        }
        return -1;
    }

    template <class Test> int columnByValues(Test test) const
    {
        for (std::size_t column = 0; column < m_guess.layout.columns.size(); ++column) {
            const auto fits = [&](const auto& row) { return test(row[column]); };
            if (!isTaken(static_cast<int>(column)) && !m_guess.rows.empty()
                && 2 * std::count_if(m_guess.rows.begin(), m_guess.rows.end(), fits)
                    > static_cast<std::ptrdiff_t>(m_guess.rows.size()))
                return static_cast<int>(column);
        }
        return -1;
    }

    void findRoles()
    {
        DelimitedLayout& layout = m_guess.layout;
        const auto given
            = [this](std::size_t role) -> const std::string& { return m_options.*importRoles[role].column; };
        for (std::size_t role = 0; role < positions.size(); ++role) {
            if (!given(role).empty() && given(role) != "none")
                layout.*positions[role] = givenColumn(given(role), importRoles[role].name);
        }
        for (std::size_t role = 0; role < positions.size(); ++role) {
            if (layout.*positions[role] < 0 && given(role).empty() && layout.header)
                layout.*positions[role] = columnByName(importRoles[role].name);
        }
        if (!layout.header)
            findRolesByPosition();
    }

    // Without names: user and item come first, a time is a date or a number beyond 10^8, a rating any other number.
    void findRolesByPosition()
    {
        DelimitedLayout& layout = m_guess.layout;
        for (const auto& [role, given] : {std::pair(&layout.user, &m_options.user), {&layout.item, &m_options.item}}) {
            for (int column = 0; *role < 0 && given->empty() && column < static_cast<int>(layout.columns.size());
                 ++column)
                *role = isTaken(column) ? -1 : column;
        }
        if (layout.time < 0 && m_options.time.empty())
            layout.time = columnByValues([](const std::string& text) {
                const std::optional<double> number = parseNumber(text);
                return number ? std::abs(*number) > 1e8 : parseIsoTime(text).has_value();
            });
        if (layout.rating < 0 && m_options.rating.empty())
            layout.rating = columnByValues(isNumber);
    }

    void findTimeUnit()
    {
        DelimitedLayout& layout = m_guess.layout;
        if (m_options.timeUnit == "none" || m_options.time == "none")
            layout.time = -1;
        layout.timeUnit = TimeUnit::None;
        if (layout.time < 0)
            return;
        if (!m_options.timeUnit.empty()) {
            layout.timeUnit = parseTimeUnit(m_options.timeUnit);
            return;
        }
        std::vector<std::string> samples;
        for (const auto& row : m_guess.rows)
            samples.push_back(row[static_cast<std::size_t>(layout.time)]);
        layout.timeUnit = guessTimeUnit(samples);
    }

    std::string m_name;
    const ImportOptions& m_options;
    const std::vector<std::string>& m_names;
    std::vector<std::string> m_lines;
    std::vector<std::vector<std::string>> m_rows;
    LayoutGuess m_guess;
};

std::string typeOf(const LayoutGuess& guess, std::size_t column)
{
    if (static_cast<int>(column) == guess.layout.time)
        return "time";
    bool integers = !guess.rows.empty(), reals = integers;
    for (const auto& row : guess.rows) {
        const std::optional<double> number = parseNumber(row[column]);
        reals = reals && number;
        integers = integers && number && row[column].find_first_not_of("+-0123456789") == std::string::npos;
    }
    return integers ? "integer" : reals ? "real" : "text";
}

} // namespace

std::vector<std::string> headLines(const std::string& head, TextEncoding encoding, std::size_t most)
{
    LineReader lines(readText(makeMemorySource("head", head), encoding));
    std::vector<std::string> result;
    std::string_view line;
    while (result.size() < most && lines.next(line)) {
        if (!trimmed(line).empty())
            result.emplace_back(isUtf8(line) ? std::string(line) : latin1ToUtf8(line));
    }
    const bool cut = head.size() >= 65536 && result.size() < most;
    if (cut && result.size() > 1)
        result.pop_back();
    if (result.empty())
        result.emplace_back();
    return result;
}

std::string detectDelimiter(const std::vector<std::string>& lines, char quote)
{
    std::string best;
    double bestShare = 0.0;
    std::size_t bestFields = 1;
    for (const char* candidate : {"\t", "::", ",", ";", "|", " "}) {
        const auto [fields, share] = usualFields(lines, candidate, quote);
        // A space also stands inside titles and dates, so it counts only where nothing else splits.
        if (fields < 2 || (candidate[0] == ' ' && !best.empty() && bestShare > 0.5))
            continue;
        const bool bothEven = share > 0.8 && bestShare > 0.8;
        if (best.empty() || (bothEven ? fields > bestFields : share > bestShare)) {
            best = candidate;
            bestShare = share;
            bestFields = fields;
        }
    }
    return best;
}

LayoutGuess detectLayout(const std::string& head, const std::string& name, const ImportOptions& options,
    const std::vector<std::string>& names)
{
    return Detector(head, name, options, names).detect();
}

void requireRoles(const DelimitedLayout& layout, const std::string& name)
{
    const std::string where = "'" + name + "', line 1: ";
    if (layout.user < 0 || layout.item < 0)
        throw Error(ErrorKind::Input,
            where + "no column for the " + (layout.user < 0 ? "user" : "item")
                + " was recognised; the columns are: " + columnList(layout.columns),
            "say which column it is (--user, --item)");
    if (layout.user == layout.item)
        throw Error(ErrorKind::Input, where + "user and item are the same column", "name two different columns");
}

ImportOptions optionsOf(const DelimitedLayout& layout, ImportOptions options)
{
    for (std::size_t role = 0; role < positions.size(); ++role) {
        const int column = layout.*positions[role];
        std::string& option = options.*importRoles[role].column;
        if (column >= 0)
            option = layout.columns[static_cast<std::size_t>(column)];
        else if (option != "none")
            option.clear();
    }
    options.delimiter = layout.delimiter;
    options.quote = layout.quote == 0 ? "none" : std::string(1, layout.quote);
    options.header = layout.header;
    options.encoding = textEncodingName(layout.encoding);
    options.timeUnit = timeUnitName(layout.timeUnit);
    return options;
}

std::vector<ColumnPreview> columnPreviews(const LayoutGuess& guess)
{
    const DelimitedLayout& layout = guess.layout;
    std::vector<ColumnPreview> result;
    for (std::size_t i = 0; i < layout.columns.size(); ++i) {
        const auto found = std::find_if(
            positions.begin(), positions.end(), [&](auto position) { return layout.*position == static_cast<int>(i); });
        const bool isUsed = found != positions.end();
        result.push_back({layout.columns[i], typeOf(guess, i),
            isUsed ? importRoles[static_cast<std::size_t>(found - positions.begin())].name : ""});
    }
    return result;
}

} // namespace recoscope
