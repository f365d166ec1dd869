// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/error.h"
#include "engine/kernels/device_library.h"

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
    if (deviceLibrary().api)
        GTEST_SKIP() << "the path is here: " << deviceLibrary().found;
    const Path before = activePath();
    try {
        forcePath(Path::Cuda);
        FAIL() << "cuda cannot work here";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Resource);
        EXPECT_NE(error.message().find("'cuda' is not available here: " + deviceLibrary().found), std::string::npos)
            << error.message();
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

// A GPU is used where it is asked for; there, that it cannot be is said.
TEST(DispatchDeathTest, TheGpuIsNeverChosenUnaskedAndMissedAloud)
{
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    EXPECT_EXIT(
        {
            unsetenv("RECOSCOPE_KERNELS");
            std::exit(activePath() == Path::Cuda);
        },
        testing::ExitedWithCode(0), "");
    if (deviceLibrary().api)
        return;
    EXPECT_EXIT(
        {
            setenv("RECOSCOPE_KERNELS", "cuda", 1);
            try {
                activePath();
            } catch (const Error& error) {
                std::exit(error.kind() == ErrorKind::Resource && error.message().ends_with(deviceLibrary().found));
            }
            std::exit(0);
        },
        testing::ExitedWithCode(1), "");
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
