// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What an importer could not read, by reason, with the first examples; and how it becomes an ImportReport.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/dataset.h"

namespace recoscope {

class DropLog {
public:
    void kept(std::int64_t rows = 1) { m_report.rowsKept += rows; }
    void drop(std::string_view reason, std::int64_t line, std::string_view text);
    void warn(std::string_view text);
    std::int64_t rowsKept() const { return m_report.rowsKept; }
    // Kept and dropped rows together are the rows read.
    ImportReport finish() const;
    // "5 of 7 rows: rating is not a number (line 3)": for the error when nothing was left.
    std::string summary() const;

private:
    ImportReport m_report;
};

// At most `limit` bytes, cut between characters, with control bytes and wrong UTF-8 written as \xNN.
std::string printable(std::string_view text, std::size_t limit = 200);

} // namespace recoscope
