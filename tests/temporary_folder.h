// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A new folder, removed with its content when the object goes. Its name is drawn afresh: process numbers come back, and
// a test that kills its process leaves its folder behind.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/file.h"

namespace recoscope::test {

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
    Path operator/(const std::string& name) const { return m_path / name; }
    std::vector<std::string> entries() const // sorted, hidden ones too: nothing temporary may be left
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

} // namespace recoscope::test
