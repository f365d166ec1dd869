// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the tests of readers and writers share.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/file.h"

namespace recoscope {

// Removed with its content at the end.
class TemporaryFolder {
public:
    TemporaryFolder()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "recoscope-test-XXXXXX").string();
        if (!mkdtemp(pattern.data()))
            throw Error(ErrorKind::Resource, "no temporary folder", "check TMPDIR");
        m_path = pattern;
    }
    ~TemporaryFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const Path& path() const { return m_path; }
    std::vector<std::string> entries() const // sorted, hidden ones too
    {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(m_path))
            names.push_back(entry.path().filename().string());
        std::sort(names.begin(), names.end());
        return names;
    }

private:
    Path m_path;
};

template <class T> std::vector<T> toVector(std::span<const T> values)
{
    return {values.begin(), values.end()};
}

inline void writeText(const Path& path, const std::string& text)
{
    std::ofstream(path, std::ios::binary) << text;
}

// `call` throws Error of `kind` with `text` in its message and a hint.
template <class Call> void expectError(ErrorKind kind, const std::string& text, Call call)
{
    try {
        call();
        ADD_FAILURE() << "nothing was thrown; expected " << errorKindName(kind) << " with '" << text << "'";
    } catch (const Error& error) {
        EXPECT_EQ(errorKindName(error.kind()), std::string(errorKindName(kind))) << error.message();
        EXPECT_NE(error.message().find(text), std::string::npos) << error.message();
        if (kind != ErrorKind::Cancelled) {
            EXPECT_FALSE(error.hint().empty()) << error.message();
        }
    }
}

// ../shared/data/NAME, or an empty path where the shared material is absent.
inline Path sharedData(const std::string& name)
{
    const char* set = std::getenv("RECOSCOPE_SHARED");
    const Path path = (set ? Path(set) : Path(RECOSCOPE_SOURCE_DIR) / ".." / "shared") / "data" / name;
    std::error_code ignored;
    return std::filesystem::exists(path, ignored) ? path : Path();
}

} // namespace recoscope
