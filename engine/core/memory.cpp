// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

#include <unistd.h>

#include "engine/core/error.h"
#include "engine/core/file.h"

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
    return procFigure("/proc/self/status", "VmHWM");
}

std::uint64_t currentMemoryBytes()
{
    return procFigure("/proc/self/status", "VmRSS");
}

} // namespace recoscope
