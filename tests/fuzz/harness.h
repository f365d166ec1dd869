// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the harnesses share. A reader may throw Error of the kinds that bad input may have, and nothing else.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

#include "engine/core/error.h"
#include "engine/core/file.h"

namespace recoscope {

template <class Call> void mustNotFail(Call call)
{
    try {
        call();
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::Internal || error.message().empty() || error.hint().empty())
            std::abort();
    }
}

// One folder for each process, in memory where the system has such a place; gone when the process ends.
class ScratchFolder {
public:
    ScratchFolder()
    {
        std::error_code ignored;
        const Path base = std::filesystem::is_directory("/dev/shm", ignored) ? Path("/dev/shm")
                                                                             : std::filesystem::temp_directory_path();
        m_path = base / ("recoscope-fuzz-" + std::to_string(::getpid()));
        std::filesystem::create_directories(m_path);
    }
    ~ScratchFolder()
    {
        std::error_code code;
        std::filesystem::remove_all(m_path, code);
    }
    const Path& path() const { return m_path; }

private:
    Path m_path;
};

inline const Path& scratchFolder()
{
    static const ScratchFolder folder;
    return folder.path();
}

inline Path scratchFile(const std::string& name, const std::uint8_t* data, std::size_t size)
{
    const Path path = scratchFolder() / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
    return path;
}

inline std::string_view textOf(const std::uint8_t* data, std::size_t size)
{
    return {reinterpret_cast<const char*>(data), size};
}

} // namespace recoscope
