// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/workspace: the last few opened things, by key. Thread-safe.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "engine/workspace/workspace.h"

namespace recoscope {

template <class Value> class RecentCache {
public:
    explicit RecentCache(std::size_t limit)
        : m_limit(limit)
    {
    }

    std::shared_ptr<const Value> find(const std::string& key)
    {
        std::lock_guard lock(m_mutex);
        for (auto entry = m_entries.begin(); entry != m_entries.end(); ++entry) {
            if (entry->first != key)
                continue;
            m_entries.splice(m_entries.begin(), m_entries, entry);
            return entry->second;
        }
        return nullptr;
    }

    void put(const std::string& key, std::shared_ptr<const Value> value)
    {
        std::lock_guard lock(m_mutex);
        m_entries.remove_if([&key](const auto& entry) { return entry.first == key; });
        m_entries.emplace_front(key, std::move(value));
        if (m_entries.size() > m_limit)
            m_entries.pop_back();
    }

    void removeBeginning(const std::string& prefix)
    {
        std::lock_guard lock(m_mutex);
        m_entries.remove_if([&prefix](const auto& entry) { return entry.first.starts_with(prefix); });
    }

private:
    const std::size_t m_limit;
    std::mutex m_mutex;
    std::list<std::pair<std::string, std::shared_ptr<const Value>>> m_entries; // latest first
};

struct Workspace::Cache {
    RecentCache<Dataset> datasets{8}; // by name
    RecentCache<PreparedData> prepared{4}; // by dataset and protocol hash
    RecentCache<ServingSession> sessions{4}; // by run
};

} // namespace recoscope
