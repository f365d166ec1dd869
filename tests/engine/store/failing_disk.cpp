// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "tests/engine/store/failing_disk.h"

#include <atomic>
#include <csignal>
#include <list>
#include <mutex>

#include <sqlite3.h>

namespace recoscope::test {

namespace {

std::atomic<bool> diskFull{false};
std::atomic<int> writesLeft{-1}; // negative: never
sqlite3_vfs* realDisk = nullptr;
sqlite3_vfs failingDisk;

// SQLite has several tables of file methods (the log's differs from the database's); each gets one twin. A file points
// at `twin`, which is first, so the way back to the real table is a cast.
struct Methods {
    sqlite3_io_methods twin;
    const sqlite3_io_methods* real = nullptr;
};
std::mutex methodsMutex;
std::list<Methods> allMethods;

int failingWrite(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset)
{
    const sqlite3_io_methods* real = reinterpret_cast<const Methods*>(file->pMethods)->real;
    if (diskFull)
        return SQLITE_FULL;
    if (writesLeft >= 0 && writesLeft-- == 0) {
        real->xWrite(file, data, bytes / 2, offset);
        std::raise(SIGKILL);
    }
    return real->xWrite(file, data, bytes, offset);
}

int failingOpen(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* outFlags)
{
    const int code = realDisk->xOpen(realDisk, name, file, flags, outFlags);
    if (code != SQLITE_OK || !file->pMethods)
        return code;
    std::lock_guard lock(methodsMutex);
    for (const Methods& methods : allMethods) {
        if (methods.real == file->pMethods) {
            file->pMethods = &methods.twin;
            return code;
        }
    }
    Methods& methods = allMethods.emplace_back(Methods{*file->pMethods, file->pMethods});
    methods.twin.xWrite = failingWrite;
    file->pMethods = &methods.twin;
    return code;
}

} // namespace

void installFailingDisk()
{
    if (realDisk)
        return;
    realDisk = sqlite3_vfs_find(nullptr);
    failingDisk = *realDisk;
    failingDisk.zName = "failing";
    failingDisk.xOpen = failingOpen;
    sqlite3_vfs_register(&failingDisk, 1);
}

void setDiskFull(bool full)
{
    diskFull = full;
}

void killAtWrite(int n)
{
    writesLeft = n;
}

} // namespace recoscope::test
