// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The states of many users in one memory-mapped file, brought forward in batches: what a server of a recurrent model
// keeps between requests. For models whose state has one size for any history (LRURec, GRU4Rec).
//
// The file: magic, format, users, bytes of a saved state; the saved state of an empty history, by which a file of other
// weights is known; then for each user the checksum of a saved state and the saved state, zeros while the user has done
// nothing. All little-endian. A program that is killed leaves at most one record per thread that does not match its
// checksum; advance() builds such a state again from the history.
//
// One program at a time holds the file (FileLock beside it). Not thread-safe; advance() uses the threads of the
// kernels.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/progress.h"
#include "engine/models/trained_model.h"

namespace recoscope {

class StateFile {
public:
    // Opens the file, or makes it for users who have done nothing yet. Error{Refused} for a model without such a
    // state and for a file of other weights or of another number of users, Error{Input} for a damaged file,
    // Error{Resource} while another program holds it or when the disk is full.
    StateFile(std::shared_ptr<const TrainedModel> model, const Path& file, std::int64_t users);

    std::int64_t users() const { return m_users; }
    std::int64_t bytes() const { return static_cast<std::int64_t>(m_map->bytes().size()); }
    // A copy. Null when the record was cut short by a kill.
    std::unique_ptr<UserState> state(std::int64_t user) const;
    // What lists of many users are made of: their vectors [users.size(), D] (ServingSession::recommendAll).
    // Error{Input} when a record was cut short.
    void userVectors(std::span<const std::int32_t> users, std::span<float> out) const;

    struct Advance {
        std::int64_t events = 0; // that were new
        std::int64_t rebuilt = 0; // users whose record was cut short
    };
    // Brings users[b] forward to the end of histories[b], the whole history, oldest first: only events that the state
    // has not seen are looked at. No user twice. Error{Refused} when a state has seen more events than the history
    // has. Flushed to disk at the end.
    Advance advance(std::span<const std::int32_t> users, const PackedView& histories, Progress& progress);

private:
    void checkHeader(const Path& file) const;
    std::span<std::byte> record(std::int64_t user) const; // checksum, saved state
    // False for a record that was cut short.
    bool loadInto(UserState& state, std::int64_t user) const;
    // Users [begin, end) of a batch together.
    Advance advancePiece(std::span<const std::int32_t> users, const PackedView& histories, std::int64_t begin,
        std::int64_t end, Progress& progress);
    void store(const UserState& state, std::int64_t user);

    std::shared_ptr<const TrainedModel> m_model;
    std::int64_t m_users;
    std::size_t m_stateBytes = 0;
    std::vector<std::byte> m_empty; // the saved state of an empty history
    std::unique_ptr<FileLock> m_lock;
    std::unique_ptr<WritableMap> m_map;
};

} // namespace recoscope
