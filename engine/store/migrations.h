// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The schema of recoscope.db and how older versions become the present one. `user_version` holds the version;
// `application_id` tells our databases from those of other programs. The tables are described in docs/store.md.
#pragma once

#include <string>
#include <vector>

#include "engine/core/sqlite.h"

namespace recoscope {

// Step i (from 0) takes a database from version i to i + 1.
const std::vector<std::string>& migrationSteps();
int currentSchemaVersion();

// Looks at the file without opening it for writing: Error{Input} when it is damaged or belongs to another program,
// Error{Refused} when a newer version wrote it. A missing or empty file is fine.
void requireUsableDatabase(const Path& file);

// The same once more, through an open connection and still before anything is changed: for what only SQLite can see.
void requireOwnDatabase(Database& database);

// Runs the missing steps, all in one transaction; another program may do the same at the same time.
void migrate(Database& database);

} // namespace recoscope
