// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Read side of catalogue.sqlite: raw ids, titles and attributes of items, raw ids and attributes of users.
// Tables (STRICT): items(idx INTEGER PRIMARY KEY, raw TEXT UNIQUE, title TEXT, category TEXT, brand TEXT, price REAL,
// description TEXT, extra TEXT /*JSON*/), users(idx INTEGER PRIMARY KEY, raw TEXT UNIQUE, attributes TEXT /*JSON*/).
// Categories of one item are joined by '|'. Thread-safe (one connection for each
// thread that is reading at the same time).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/ids.h"

namespace recoscope {

struct ItemRecord {
    ItemIndex index;
    std::string raw;
    std::string title; // falls back to `raw` in display() when empty
    std::vector<std::string> categories;
    std::string brand;
    std::optional<double> price;
    std::string description;

    const std::string& display() const { return title.empty() ? raw : title; }
};

struct UserRecord {
    UserIndex index;
    std::string raw;
    std::string attributesJson; // "{}" when there are none
};

class Catalogue {
public:
    explicit Catalogue(Path sqliteFile);
    ~Catalogue();
    Catalogue(const Catalogue&) = delete;
    Catalogue& operator=(const Catalogue&) = delete;

    ItemRecord item(ItemIndex index) const;
    std::vector<ItemRecord> items(std::span<const std::int32_t> indices) const; // in the order asked
    UserRecord user(UserIndex index) const;
    std::optional<ItemIndex> findItem(const std::string& raw) const;
    std::optional<UserIndex> findUser(const std::string& raw) const;
    // Items whose title or raw id contains `text`, whatever the case in any script; best first, at most `limit`.
    std::vector<ItemRecord> searchItems(const std::string& text, int limit) const;
    std::vector<UserRecord> searchUsers(const std::string& text, int limit) const;
    std::int64_t itemCount() const;
    std::int64_t userCount() const;
    // Raw ids of all items (index order): [items]. Reads once and caches.
    const std::vector<std::string>& rawItems() const;
    const std::vector<std::string>& rawUsers() const;
    // Display titles of all items (title, or the raw id). Reads once and caches.
    const std::vector<std::string>& titles() const;
    // Category lists of all items, '|'-joined. Reads once and caches.
    const std::vector<std::string>& categories() const;
    bool hasTitles() const;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace recoscope
