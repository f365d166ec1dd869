// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The one way a dataset folder comes to be: an importer or the generator feeds rows, the writer sorts them by user,
// time and file order, assigns dense indices in order of first appearance, writes arrays and catalogue under a
// temporary folder and renames it. Not thread-safe; memory is about 40 bytes a row plus the raw ids.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/packed.h"
#include "engine/core/progress.h"
#include "engine/data/dataset.h"

namespace recoscope {

struct ItemAttributes {
    std::string title;
    std::string categories; // joined by '|'
    std::string brand;
    std::optional<double> price;
    std::string description;
    std::string extraJson; // "" or a JSON object
};

class DatasetWriter {
public:
    // `folder` must not exist yet (Error{Refused}).
    DatasetWriter(Path folder, std::string name, std::string format, std::string source);
    ~DatasetWriter();

    // Dense index of a raw id, new or known. At most 2^31 - 1 distinct ids (Error{Input}).
    std::int32_t userIndex(std::string_view raw);
    std::int32_t itemIndex(std::string_view raw);
    // What the numbers in marks mean, told before finish(): at most 255 names each; no names = marks are left out.
    void setMarkNames(std::vector<std::string> surfaces, std::vector<std::string> kinds);
    // Rows in source order. All rows or none carry a time (milliseconds), likewise feedback: the first row decides.
    void addRow(std::int32_t user, std::int32_t item, std::optional<std::int64_t> timeMs, std::optional<float> feedback,
        EventMark mark = {});
    // The same for many rows whose raw ids are canonical integers (id_index.h); all but the ids may be empty.
    void addIntegerRows(std::span<const std::int64_t> users, std::span<const std::int64_t> items,
        std::span<const std::int64_t> timesMs, std::span<const float> feedback, std::span<const EventMark> marks = {});
    // Attributes of an item or user; an item that no row names is kept in the catalogue only if `addRow` named it.
    void setItem(std::string_view raw, ItemAttributes attributes);
    void setUser(std::string_view raw, std::string attributesJson);
    void setGenerator(Json generator);

    // Whether a row named this item already: metadata of other items need not be parsed.
    bool knowsItem(std::string_view raw) const;
    std::int64_t rows() const;
    // Sorts, writes, renames; returns the opened dataset. Error{Input} when no row was added.
    std::shared_ptr<const Dataset> finish(ImportReport report, Progress& progress);

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace recoscope
