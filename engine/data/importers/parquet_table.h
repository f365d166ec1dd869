// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A Parquet file as a stream of rows. Columns hold integers or texts, one a row or a list of them; what else a file
// holds is named and not read. Damage, and files that unpack beyond all measure, give Error{Input} naming the file. One
// thread at a time; memory is one page of each column that is read and the longest list. The reader is a library that
// is loaded when the first file is opened (parquet/parquet_api.h); where it is missing no file can be opened.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/file.h"

namespace recoscope {

enum class ParquetKind { Integer, Text, Other };

struct ParquetColumn {
    std::string name;
    ParquetKind kind = ParquetKind::Other;
    bool list = false;
    std::string type; // for people: "list of INT32, Int(bitWidth=32, isSigned=false)"
};

// What one row holds in one column: one entry, or those of the list (none for a list that is null).
struct ParquetCells {
    std::vector<std::int64_t> numbers; // [entries] of an integer column; 0 where not known
    std::vector<std::string> texts; // [entries] of a text column
    std::vector<std::uint8_t> known; // [entries] 0: null, or an unsigned number beyond 2^63 - 1

    std::size_t size() const { return known.size(); }
    void clear()
    {
        numbers.clear();
        texts.clear();
        known.clear();
    }
};

class ParquetRows {
public:
    virtual ~ParquetRows() = default;
    // The next row; false at the end.
    virtual bool next() = 0;
    // Of the column with that place among those asked for; valid until next().
    virtual const ParquetCells& cells(std::size_t place) const = 0;
    virtual std::int64_t row() const = 0; // number of the current row, from 1
};

class ParquetTable {
public:
    virtual ~ParquetTable() = default;
    const std::vector<ParquetColumn>& columns() const { return m_columns; }
    std::int64_t rows() const { return m_rows; }
    const std::string& name() const { return m_name; } // of the file, without its folder
    // Entries that the file says these columns hold.
    virtual std::uint64_t entries(const std::vector<std::size_t>& columns) const = 0;
    // Streams these columns (numbers in columns(), none of kind Other). The table must outlive the stream.
    virtual std::unique_ptr<ParquetRows> read(const std::vector<std::size_t>& columns) const = 0;

protected:
    std::vector<ParquetColumn> m_columns;
    std::int64_t m_rows = 0;
    std::string m_name;
};

// Error{Input} for what is no Parquet file, Error{NotFound} without a file, Error{Resource} without a reader.
std::unique_ptr<ParquetTable> openParquet(const Path& file);

} // namespace recoscope
