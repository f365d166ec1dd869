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
#include "tests/temporary_folder.h"

namespace recoscope {

using test::TemporaryFolder;

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
