// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Streams the events of one Parquet file of Yambda's shape into a DatasetWriter, in file order. An event without a
// user, item or time is dropped and counted, and so is a listen whose played ratio is missing, a row whose lists are of
// unequal lengths, and what --events and --min-rating leave out. Events that are no listens have an unknown rating
// (NaN) where listens have one. Events keep their kind where kinds are told apart, and where they took place: organic
// or recommended.
#pragma once

#include <string>
#include <vector>

#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/yambda_columns.h"

namespace recoscope {

class YambdaReader {
public:
    // Error{Usage} for options that mean nothing here.
    YambdaReader(const ParquetTable& table, const ImportOptions& options, DatasetWriter& writer, DropLog& drops);

    // Error{Input} when no event could be read.
    void read(Progress& progress);

private:
    void takeRow();
    void takeEvent(std::size_t entry);
    const char* problemOf(std::size_t entry) const; // null: none
    bool isListen(std::size_t entry) const;
    EventMark markOf(std::size_t entry);
    void flush();

    const ParquetTable& m_table;
    const YambdaColumns m_columns;
    const std::vector<std::string> m_events; // kinds to read; empty = all
    const std::optional<double> m_minRating;
    const std::int64_t m_timeFactor; // to milliseconds
    const bool m_rated;
    DatasetWriter& m_writer;
    DropLog& m_drops;
    std::unique_ptr<ParquetRows> m_rows;
    std::vector<std::int64_t> m_users, m_items, m_times;
    std::vector<float> m_ratings;
    std::vector<EventMark> m_marks;
    std::int64_t m_unknownPlaces = 0; // events whose is_organic is there and says nothing
};

} // namespace recoscope
