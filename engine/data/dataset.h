// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A dataset folder, opened: interactions/{user,item,time,feedback,surface,kind}.npy sorted by user, then time, then
// file order; interactions/order.npy (row number in the source, int64); offsets.npy [users+1]; catalogue.sqlite;
// dataset.json. Memory-mapped, immutable and thread-safe: share it as shared_ptr<const Dataset>. Every row that could
// be read is kept: filters, duplicates and thresholds belong to the protocol.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/ids.h"
#include "engine/core/json.h"
#include "engine/core/npy.h"

namespace recoscope {

class Catalogue;

// Views into the mapped arrays; valid as long as the Dataset lives.
struct InteractionView {
    std::span<const std::int32_t> users; // [N]
    std::span<const std::int32_t> items; // [N]
    std::span<const std::int64_t> times; // [N] Unix milliseconds; empty when the source has order only
    std::span<const float> feedback; // [N] rating or weight; empty when the source has none
    std::span<const std::int64_t> order; // [N] row number in the source (0-based), for tie rules
    std::span<const std::int64_t> offsets; // [users+1]
    // [N] numbers of DatasetInfo::surfaces and ::kinds, EventMark::unknown where nobody knows; empty without.
    std::span<const std::uint8_t> surfaces = {}, kinds = {};
};

// What an importer did; part of dataset.json and of `import --json`.
struct ImportReport {
    struct Dropped {
        std::string reason; // "rating is not a number", ...
        std::int64_t count = 0;
        struct Example {
            std::int64_t line = 0; // 1-based
            std::string text; // at most 200 bytes, made printable
        };
        std::vector<Example> examples; // at most 20
    };
    std::int64_t rowsRead = 0;
    std::int64_t rowsKept = 0;
    std::vector<Dropped> dropped;
    std::vector<std::string> warnings;
    double seconds = 0.0;

    Json toJson() const;
    static ImportReport fromJson(const Json& json);
};

struct DatasetInfo {
    std::string name;
    std::string format; // importer that read it, e.g. "movielens"
    std::string source; // file name(s) without folders
    std::string contentHash; // SHA-256 over the arrays and raw ids, 64 hex digits
    std::int64_t users = 0;
    std::int64_t items = 0;
    std::int64_t interactions = 0;
    bool hasTimes = false;
    bool hasFeedback = false;
    std::vector<std::string> surfaces, kinds; // names; empty where events have none
    std::string created; // ISO 8601 UTC
    ImportReport report;
    Json generator; // parameters, seed and known optimum when synthetic, else null
};

class Dataset {
public:
    // Error{NotFound} without a folder, Error{Input} when damaged, Error{Refused} when written by a newer version.
    static std::shared_ptr<const Dataset> open(const Path& folder);
    ~Dataset();

    const Path& folder() const { return m_folder; }
    const DatasetInfo& info() const { return m_info; }
    const InteractionView& interactions() const { return m_view; }
    // Titles, attributes and raw ids. One read-only SQLite connection per thread inside; thread-safe.
    const Catalogue& catalogue() const { return *m_catalogue; }

private:
    Dataset() = default;

    Path m_folder;
    DatasetInfo m_info;
    std::vector<std::unique_ptr<NpyArray>> m_arrays;
    InteractionView m_view;
    std::unique_ptr<Catalogue> m_catalogue;
};

} // namespace recoscope
