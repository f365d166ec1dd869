// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A fresh folder for each test, gone afterwards, and the two questions that most tests here ask.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "engine/core/error.h"
#include "engine/core/file.h"

namespace recoscope::test {

class FolderTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
        m_folder = std::filesystem::temp_directory_path()
            / ("recoscope-" + std::to_string(::getpid()) + "-" + info->test_suite_name() + "-" + info->name());
        std::filesystem::remove_all(m_folder);
        std::filesystem::create_directories(m_folder);
    }
    void TearDown() override
    {
        setFileFault({});
        std::filesystem::remove_all(m_folder);
    }
    // Names in the folder, sorted: nothing temporary may be left.
    std::vector<std::string> names() const
    {
        std::vector<std::string> list;
        for (const auto& entry : std::filesystem::directory_iterator(m_folder))
            list.push_back(entry.path().filename().string());
        std::sort(list.begin(), list.end());
        return list;
    }

    Path m_folder;
};

// Damaged input needs no flush to disk, and thousands of flushes take their time.
inline void writePlain(const Path& path, std::string_view content)
{
    std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

// The Error that `call` throws; fails the test when it throws none.
template <class Call> Error errorOf(Call call)
{
    try {
        call();
    } catch (const Error& error) {
        EXPECT_FALSE(error.message().empty());
        EXPECT_FALSE(error.hint().empty());
        return error;
    }
    ADD_FAILURE() << "no error was thrown";
    return Error(ErrorKind::Internal, "no error", "no error");
}

template <class Call> ErrorKind kindOf(Call call)
{
    return errorOf(call).kind();
}

} // namespace recoscope::test
