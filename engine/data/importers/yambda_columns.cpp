// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/yambda_columns.h"

#include "engine/core/error.h"

namespace recoscope {

namespace {

std::string namesOfColumns(const ParquetTable& table)
{
    std::string list;
    for (const ParquetColumn& column : table.columns())
        list += (list.empty() ? "" : ", ") + column.name;
    return list.empty() ? "none" : list.size() > 300 ? list.substr(0, 300) + "..." : list;
}

// The column called `name`, or in the plural; nothing when there is none.
std::optional<std::size_t> findColumn(const ParquetTable& table, const std::string& name)
{
    std::optional<std::size_t> found;
    for (std::size_t number = 0; number < table.columns().size(); ++number) {
        const std::string& own = table.columns()[number].name;
        if (own != name && own != name + "s")
            continue;
        if (found)
            throw Error(ErrorKind::Input,
                "'" + table.name() + "' holds the column '" + name + "' twice: '" + table.columns()[*found].name
                    + "' and '" + own + "'",
                "name the one to read with --user, --item, --time or --rating, or leave one out of the file");
        found = number;
    }
    return found;
}

std::size_t requireColumn(const ParquetTable& table, const std::string& name)
{
    const std::optional<std::size_t> found = findColumn(table, name);
    if (!found)
        throw Error(ErrorKind::Input,
            "'" + table.name() + "' has no column '" + name + "'; it has: " + namesOfColumns(table),
            "name the column with --user, --item, --time or --rating; Yambda's are uid, item_id, timestamp and "
            "played_ratio_pct");
    return *found;
}

// What is wrong with the type of a column; "" for nothing.
std::string typeProblem(const ParquetTable& table, std::size_t number, ParquetKind kind, bool list)
{
    const ParquetColumn& column = table.columns()[number];
    if (column.kind == kind && column.list == list)
        return "";
    const std::string expected = kind == ParquetKind::Integer ? (list ? "a list of integers" : "integers")
                                                              : (list ? "a list of texts" : "texts");
    return "'" + table.name() + "': the column '" + column.name + "' is " + column.type + "; expected " + expected;
}

void requireType(const ParquetTable& table, std::size_t number, ParquetKind kind, bool list)
{
    const std::string problem = typeProblem(table, number, kind, list);
    if (problem.empty())
        return;
    throw Error(ErrorKind::Input, problem,
        "a flat file has one event a row, a sequential one a user a row with lists of events; ids, times and ratios "
        "are "
        "integers");
}

const std::string& nameOr(const std::string& given, const std::string& own)
{
    return given.empty() ? own : given;
}

} // namespace

YambdaColumns yambdaColumns(const ParquetTable& table, const ImportOptions& options)
{
    const std::size_t item = requireColumn(table, nameOr(options.item, "item_id"));
    YambdaColumns result;
    result.sequential = table.columns()[item].list;
    const auto add = [&](std::size_t number, ParquetKind kind, bool list) {
        requireType(table, number, kind, list);
        result.numbers.push_back(number);
        return result.numbers.size() - 1;
    };
    result.user = add(requireColumn(table, nameOr(options.user, "uid")), ParquetKind::Integer, false);
    result.item = add(item, ParquetKind::Integer, result.sequential);
    result.time = add(requireColumn(table, nameOr(options.time, "timestamp")), ParquetKind::Integer, result.sequential);
    const std::string ratio = nameOr(options.rating, "played_ratio_pct");
    std::optional<std::size_t> found;
    if (ratio != "none")
        found = options.rating.empty() ? findColumn(table, ratio) : requireColumn(table, ratio);
    if (found)
        result.ratio = add(*found, ParquetKind::Integer, result.sequential);
    if (const auto event = findColumn(table, "event_type"))
        result.event = add(*event, ParquetKind::Text, result.sequential);
    if (const auto organic = findColumn(table, "is_organic")) {
        result.warning = typeProblem(table, *organic, ParquetKind::Integer, result.sequential);
        if (result.warning.empty())
            result.organic = add(*organic, ParquetKind::Integer, result.sequential);
        else
            result.warning += "; it was not read";
    }
    return result;
}

} // namespace recoscope
