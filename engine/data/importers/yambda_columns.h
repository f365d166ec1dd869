// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Which columns of a Parquet table are those of Yambda: uid, item_id, timestamp, played_ratio_pct, event_type
// and is_organic, one event a row (flat) or lists of events (sequential, the same names in the singular or the plural).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/data/importers/importer.h"
#include "engine/data/importers/parquet_table.h"

namespace recoscope {

struct YambdaColumns {
    bool sequential = false;
    std::vector<std::size_t> numbers; // in the table, in the order in which they are read
    // Places among `numbers`.
    std::size_t user = 0, item = 1, time = 2;
    std::optional<std::size_t> ratio, event, organic;
    std::string warning; // of a column that is there and cannot be read; may be empty
};

// `options` may name other columns for user, item, time and rating ("none": no rating). Error{Input} naming file,
// column, the type that was found and the one expected.
YambdaColumns yambdaColumns(const ParquetTable& table, const ImportOptions& options);

} // namespace recoscope
