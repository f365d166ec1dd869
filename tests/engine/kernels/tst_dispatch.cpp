// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/error.h"
#include "engine/kernels/ops.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace recoscope::kernels {
namespace {

TEST(Dispatch, TheReferenceIsAlwaysAvailableAndThePathInUseIsAvailable)
{
    const std::vector<Path> paths = availablePaths();
    EXPECT_EQ(paths.front(), Path::Reference);
    EXPECT_NE(std::find(paths.begin(), paths.end(), activePath()), paths.end());
}

TEST(Dispatch, ForcingAnAbsentPathIsRefusedAndChangesNothing)
{
    const Path before = activePath();
    try {
        forcePath(Path::Cuda);
        FAIL() << "cuda is not part of this build";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Resource);
        EXPECT_NE(error.message().find("cuda"), std::string::npos);
        EXPECT_NE(error.hint().find("reference"), std::string::npos);
    }
    EXPECT_EQ(activePath(), before);
}

// Each in a process of its own: the variable is read once.
TEST(DispatchDeathTest, TheEnvironmentForcesAPath)
{
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            setenv("RECOSCOPE_KERNELS", "reference", 1);
            std::exit(activePath() == Path::Reference ? 0 : 1);
        },
        testing::ExitedWithCode(0), "");
}

TEST(DispatchDeathTest, AnUnknownPathInTheEnvironmentIsRefused)
{
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            setenv("RECOSCOPE_KERNELS", "sse9", 1);
            try {
                activePath();
            } catch (const Error& error) {
                std::exit(error.kind() == ErrorKind::Usage && error.message().find("sse9") != std::string::npos);
            }
            std::exit(0);
        },
        testing::ExitedWithCode(1), "");
}

} // namespace
} // namespace recoscope::kernels
