// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// States of users between requests, of any model that keeps one and above all of those that compress histories
// (PerSRec): an SQLite file of limited size. What was not asked for longest goes first. A kept state is used only for
// the weights that made it, and only when its events are the first of the history asked about; any other, and one that
// does not match its checksum, is built again. Nothing in the file is lost work: everything can be computed again.
//
// Several programs and several models may share a file. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/core/file.h"
#include "engine/core/progress.h"
#include "engine/models/trained_model.h"

namespace recoscope {

class Database;

class StateCache {
public:
    static constexpr std::int64_t leastBytes = 1 << 20;

    // Opens the file or makes it, and evicts down to `mostBytes` (of the file; SQLite's log beside it has a few MiB at
    // most, and goes when the file is closed). Error{Refused} for a model without states or user vectors and for a
    // database of something else, Error{Input} for a file that is no database, Error{Usage} below leastBytes,
    // Error{Resource} while it is locked or the disk is full.
    StateCache(std::shared_ptr<const TrainedModel> model, const Path& file, std::int64_t mostBytes);
    ~StateCache();

    struct Brought {
        std::unique_ptr<UserState> state; // at the end of the history
        std::int64_t known = 0; // events that came from the cache
        bool kept = false; // false: larger than the whole cache, or of an empty history
    };
    // The state of a user, by the raw id, after one history of theirs: only events that the kept state has not seen are
    // looked at. The result is kept in its place.
    Brought bringForward(const std::string& user, const PackedView& history, Progress& progress);

    std::int64_t bytes(); // of the file, without the pages that are free to be used again
    std::int64_t states(); // of all weights
    std::int64_t evicted() const { return m_evicted; } // since it was opened

private:
    bool isEmpty();
    void makeTables();
    // Events of the kept state, which is in `state` then; 0 where there is none of use.
    std::int64_t loadInto(UserState& state, const std::string& user, const PackedView& history);
    void markUsed(const std::string& user);
    bool keep(const std::string& user, const UserState& state, const PackedView& history);
    void evict();

    std::shared_ptr<const TrainedModel> m_model;
    std::unique_ptr<Database> m_database;
    std::int64_t m_mostBytes, m_pageBytes = 0, m_evicted = 0;
    std::int64_t m_weights = 0; // which ones: a checksum of the model's name and of its state of an empty history
};

} // namespace recoscope
