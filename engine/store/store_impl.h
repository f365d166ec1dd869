// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Private to engine/store: what the parts of Store share.
#pragma once

#include <optional>
#include <string>

#include "engine/store/connections.h"
#include "engine/store/store.h"

namespace recoscope {

struct Store::Impl {
    explicit Impl(const Path& file)
        : writer(file)
        , readers(file)
        , watcher(file, Database::Mode::ReadWrite)
    {
    }

    WriterThread writer;
    mutable ReaderPool readers;
    std::mutex watcherMutex;
    Database watcher; // only asked whether somebody else, our writer included, changed the file
    std::int64_t lastVersion = 0;
    std::uint64_t counter = 0;
};

namespace storage {

struct RunKey {
    std::int64_t number = 0;
    RunStatus status = RunStatus::Queued;
};

std::optional<RunKey> findRun(Database& database, const RunId& id); // exact id
RunKey requireRun(Database& database, const RunId& id); // Error{NotFound}
RunKey requireUnfinished(Database& database, const RunId& id); // Error{NotFound|Refused}
RunStatus runStatusFromName(const std::string& name);

// Metric means as rows; replaces those of the part.
void writeMetrics(Database& database, std::int64_t run, SplitPart part, const std::map<std::string, double>& values,
    const std::map<std::string, double>& halfWidths);

void insertEpoch(Database& database, std::int64_t run, const EpochRecord& epoch);
void replaceUserMetrics(Database& database, std::int64_t run, SplitPart part, const std::vector<UserResult>& users);
void replaceSlices(Database& database, std::int64_t run, SplitPart part, const std::vector<MetricSlice>& slices);

double realOrNan(const Statement& row, int column);
std::string dumpJson(const Json& value);

} // namespace storage

} // namespace recoscope
