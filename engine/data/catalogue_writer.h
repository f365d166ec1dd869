// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Write side of catalogue.sqlite (tables: catalogue.h), used by DatasetWriter inside its temporary folder. Attributes
// go to the file as they come, so that a large metadata file is never held in memory. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/sqlite.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/id_index.h"

namespace recoscope {

class CatalogueWriter {
public:
    explicit CatalogueWriter(const Path& file);
    ~CatalogueWriter();

    // A later call for the same index replaces the earlier one.
    void setItem(std::int32_t index, std::string_view raw, const ItemAttributes& attributes);
    void setUser(std::int32_t index, std::string_view raw, std::string_view attributesJson);
    // Removes the rows of indices that are not kept and renumbers the rest without gaps.
    void compactItems(const std::vector<bool>& keep) { compact("items", keep, m_itemSet); }
    void compactUsers(const std::vector<bool>& keep) { compact("users", keep, m_userSet); }
    // Adds every id that has no attributes and the unique indices, then closes the file.
    void finish(const IdIndex& users, const IdIndex& items);

private:
    void insertMissing(const IdIndex& ids, const std::string& table, const std::vector<bool>& set);
    void compact(const std::string& table, const std::vector<bool>& keep, std::vector<bool>& set);

    std::unique_ptr<Database> m_database;
    std::unique_ptr<Transaction> m_transaction;
    std::unique_ptr<Statement> m_insertItem, m_insertUser;
    std::vector<bool> m_itemSet, m_userSet; // by index: has a row already
};

} // namespace recoscope
