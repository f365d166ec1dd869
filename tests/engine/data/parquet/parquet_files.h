// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Small Parquet files, written by Arrow's own writer: in a program of its own (write_parquet.cpp), because Arrow and
// the engine do not belong into one. A value that is absent is a null.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/core/file.h"

namespace recoscope::testing {

using Numbers = std::vector<std::optional<std::int64_t>>;
using Texts = std::vector<std::optional<std::string>>;

// As write_parquet reads it: the type, then a line a row.
struct ColumnText {
    std::string type;
    std::string lines;
};
using ParquetFields = std::vector<std::pair<std::string, ColumnText>>;

inline std::string wordOf(const std::optional<std::int64_t>& value)
{
    return value ? std::to_string(*value) : "-";
}

inline std::string wordOf(const std::optional<std::string>& value)
{
    return !value ? "-" : value->empty() ? "''" : *value;
}

template <class Values> ColumnText columnOf(const Values& values, const std::string& type)
{
    ColumnText column{type, {}};
    for (const auto& value : values)
        column.lines += wordOf(value) + "\n";
    return column;
}

// Types: u8, u16, u32, u64, i64, bool, double.
inline ColumnText column(const Numbers& values, const std::string& type = "u32")
{
    return columnOf(values, type);
}

inline ColumnText textColumn(const Texts& values)
{
    return columnOf(values, "text");
}

// One list a row; absent ones are null.
inline ColumnText listColumn(const std::vector<std::optional<Numbers>>& lists, const std::string& type = "u32")
{
    ColumnText column{"list " + type, {}};
    for (const std::optional<Numbers>& list : lists) {
        std::string line = list ? "[]" : "null";
        if (list && !list->empty())
            line.clear();
        for (std::size_t i = 0; list && i < list->size(); ++i)
            line += (i > 0 ? " " : "") + wordOf((*list)[i]);
        column.lines += line + "\n";
    }
    return column;
}

inline Path writeParquet(const Path& file, const ParquetFields& columns, std::int64_t groupRows = 1024)
{
    const Path text = file.parent_path() / (file.stem().string() + ".columns");
    {
        std::ofstream out(text);
        for (const auto& [name, column] : columns)
            out << "column " << name << " " << column.type << "\n" << column.lines;
    }
    const std::string command = std::string(RECOSCOPE_BINARY_DIR "/tests/write_parquet '") + text.string() + "' '"
        + file.string() + "' " + std::to_string(groupRows);
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::filesystem::remove(text);
    return file;
}

} // namespace recoscope::testing
