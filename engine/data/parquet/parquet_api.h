// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The doorway to librecoscope_parquet.so, which alone links libparquet (docs/decisions/0005-parquet-from-a-wheel.md
// says why it is loaded and not linked). Program and library come out of one build; what is behind the doorway throws
// exceptions of the standard library, which parquet_table.cpp turns into Error.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/data/importers/parquet_table.h"

namespace recoscope {

struct ParquetApi {
    static constexpr int currentVersion = 1;

    int version = currentVersion;
    std::size_t bytes = sizeof(ParquetApi);
    const char* readerVersion = nullptr;
    ParquetTable* (*open)(const char* file) = nullptr; // owned by the caller
};

// The first of these files that is there. Error{Resource} where none is, or it cannot be used.
const ParquetApi& loadParquetReader(const std::vector<std::string>& files);
// The one beside the program, loaded once, or that of RECOSCOPE_PARQUET_LIBRARY.
const ParquetApi& parquetReader();

} // namespace recoscope
