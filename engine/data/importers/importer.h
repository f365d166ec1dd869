// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A file format. An importer scores the first bytes of a source (so that no order of trying matters), proposes
// options, shows a preview, and streams rows into a DatasetWriter. Stateless; may be called from any thread.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/progress.h"
#include "engine/data/dataset_writer.h"

namespace recoscope {

struct ImportOptions {
    std::string format = "auto"; // importer name, or "auto"
    // Column names or 1-based numbers; empty = detected; "none" = not read.
    std::string user, item, time, rating;
    std::string surface, kind; // where an event took place, of which kind it is
    std::optional<double> minRating; // rows below are not read (counted in the report)
    Path itemsFile; // metadata beside the interactions; empty = found by the importer, or none
    std::string delimiter; // "" = detected; "\\t" and "tab" are accepted
    std::string quote; // "" = detected
    std::optional<bool> header; // unset = detected
    std::string encoding; // "", "utf-8", "utf-16le", "utf-16be", "latin-1"
    std::string timeUnit; // "", "seconds", "milliseconds", "iso", "none"
    std::string events; // kinds of events to read, separated by commas ("listen,like"); empty = all

    Json toJson() const;
};

// What a column of a table can hold, and the option that names the column.
struct ImportRole {
    const char* name;
    std::string ImportOptions::*column;
};
inline constexpr std::array<ImportRole, 6> importRoles
    = {{{"user", &ImportOptions::user}, {"item", &ImportOptions::item}, {"time", &ImportOptions::time},
        {"rating", &ImportOptions::rating}, {"surface", &ImportOptions::surface}, {"kind", &ImportOptions::kind}}};

struct ColumnPreview {
    std::string name;
    std::string type; // "integer", "real", "text", "time"
    std::string role; // a name of importRoles, or ""
};

struct ImportPreview {
    std::string format;
    ImportOptions options; // everything detected filled in
    std::vector<ColumnPreview> columns;
    std::vector<std::vector<std::string>> rows; // first 50
    std::vector<std::string> warnings;
    std::vector<std::string> files; // what would be read
    std::optional<Error> problem; // why it cannot be read as it is; columns and rows are there all the same
};

class Importer {
public:
    virtual ~Importer() = default;
    virtual std::string name() const = 0; // "movielens", "delimited", "amazon", "recbole", ...
    virtual std::string description() const = 0; // one line
    // 0 = certainly not, 100 = certainly. Looks at names and at most the first 64 KiB.
    virtual int score(const Path& source) const = 0;
    virtual ImportPreview preview(const Path& source, const ImportOptions& options) const = 0;
    virtual ImportReport read(
        const Path& source, const ImportOptions& options, DatasetWriter& writer, Progress& progress) const = 0;
};

// registry.cpp: the visible list.
const std::vector<const Importer*>& importers();
// By name, or the best score for "auto". Error{Input} listing the formats when nothing fits.
const Importer& chooseImporter(const Path& source, const std::string& format);

ImportPreview previewImport(const Path& source, const ImportOptions& options);
// The whole import: choose, stream, write `datasetFolder` atomically, return it opened.
std::shared_ptr<const Dataset> importDataset(const Path& source, const Path& datasetFolder, const std::string& name,
    const ImportOptions& options, Progress& progress);

} // namespace recoscope
