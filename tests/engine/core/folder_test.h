// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A fresh folder for each test, gone afterwards, and the two questions that most tests here ask.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "tests/temporary_folder.h"

namespace recoscope::test {

class FolderTest : public ::testing::Test {
protected:
    void TearDown() override { setFileFault({}); }
    std::vector<std::string> names() const { return m_temporary.entries(); }

    TemporaryFolder m_temporary;
    const Path m_folder = m_temporary.path();
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
