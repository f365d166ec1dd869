// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Streams the rows of a delimited table whose layout is known into a DatasetWriter, and tells it the names of surfaces
// and kinds that it met.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/core/progress.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/importers/delimited_text.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/importers/fast_rows.h"
#include "engine/data/importers/importer.h"
#include "engine/data/importers/line_reader.h"
#include "engine/data/importers/mark_column.h"

namespace recoscope {

// Share of an import's progress that reading the source takes; DatasetWriter::finish reports the rest.
inline constexpr double readingShare = 0.8;

class InteractionReader {
public:
    // `file` is what errors call the source.
    InteractionReader(DelimitedLayout layout, const ImportOptions& options, const std::string& file,
        DatasetWriter& writer, DropLog& drops);

    // `packed` is the source before its text is decoded. Error{Input} naming the file when no row could be read.
    void read(std::unique_ptr<ByteSource> packed, Progress& progress);

private:
    void readBlock(std::string_view block, LineReader& lines);
    void slowLine(std::string_view line, std::int64_t number);
    // `mayContinue`: an open quote may take in the lines that follow.
    void slowRecord(std::string_view record, std::int64_t number, bool mayContinue);
    void addFields(std::string_view record, std::int64_t number);
    EventMark markOf(std::int64_t number); // of the fields
    void finishMarks();
    void flush();
    void dropBelowMinimum();
    void closeOpenRecord();

    DelimitedLayout m_layout;
    std::optional<double> m_minRating;
    DatasetWriter& m_writer;
    DropLog& m_drops;
    FastRowParser m_fast;
    FieldSplitter m_splitter;
    std::optional<MarkColumn> m_surfaces, m_kinds; // unset: no such column
    std::unique_ptr<RowBatch> m_batch;
    std::int64_t m_batchLine = 0; // line number of the first row of the batch
    std::int64_t m_line = 0; // last line that was taken
    std::string m_open; // a record whose quoted field is not closed yet
    std::int64_t m_openLine = 0;
    int m_openLines = 0;
    std::int64_t m_latin1Lines = 0;
    std::int64_t m_negativeTimes = 0;
};

} // namespace recoscope
