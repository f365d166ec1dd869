// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <unistd.h>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/core/peak_memory.h"

namespace recoscope {

namespace {

// A "Name:   123 kB" line of a /proc file, in bytes; 0 when the line is missing.
std::uint64_t procFigure(const char* file, const std::string& name)
{
    std::ifstream stream(file);
    std::string line;
    while (std::getline(stream, line)) {
        if (line.compare(0, name.size(), name) != 0 || line.size() <= name.size() || line[name.size()] != ':')
            continue;
        std::uint64_t kibibytes = 0;
        std::istringstream(line.substr(name.size() + 1)) >> kibibytes;
        return kibibytes * 1024;
    }
    return 0;
}

std::uint64_t systemPeak()
{
    return procFigure("/proc/self/status", "VmHWM");
}

// The system keeps one mark for the process. Before it is set back everyone who needs it notes it.
struct PeakMarks {
    std::mutex mutex;
    std::vector<std::uint64_t*> living; // what each living PeakMemory has noted
    std::uint64_t ofProcess = 0;
};

PeakMarks& peakMarks()
{
    static PeakMarks marks;
    return marks;
}

} // namespace

std::uint64_t freeBytes(const Path& path)
{
    std::error_code code;
    const auto space = std::filesystem::space(path, code);
    if (code)
        throw Error(ErrorKind::NotFound, "cannot read the free space of '" + path.string() + "': " + code.message(),
            "check the path");
    return space.available;
}

std::uint64_t physicalMemoryBytes()
{
    return procFigure("/proc/meminfo", "MemTotal");
}

std::uint64_t peakMemoryBytes()
{
    const std::lock_guard lock(peakMarks().mutex);
    return std::max(peakMarks().ofProcess, systemPeak());
}

std::uint64_t currentMemoryBytes()
{
    return procFigure("/proc/self/status", "VmRSS");
}

PeakMemory::PeakMemory()
{
    PeakMarks& marks = peakMarks();
    const std::lock_guard lock(marks.mutex);
    const std::uint64_t before = systemPeak();
    marks.ofProcess = std::max(marks.ofProcess, before);
    for (std::uint64_t* noted : marks.living)
        *noted = std::max(*noted, before);
    marks.living.push_back(&m_beforeReset);
    std::ofstream("/proc/self/clear_refs") << "5"; // proc(5): sets the mark to what is resident now
}

PeakMemory::~PeakMemory()
{
    const std::lock_guard lock(peakMarks().mutex);
    std::erase(peakMarks().living, &m_beforeReset);
}

std::uint64_t PeakMemory::bytes() const
{
    const std::lock_guard lock(peakMarks().mutex);
    return std::max(m_beforeReset, systemPeak());
}

void keepFreedMemory()
{
#ifdef __GLIBC__
    static const bool once = [] {
        mallopt(M_MMAP_THRESHOLD, 1 << 30);
        mallopt(M_TRIM_THRESHOLD, 1 << 30);
        return true;
    }();
    (void)once;
#endif
}

void returnFreedMemory()
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

} // namespace recoscope
