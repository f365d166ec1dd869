// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/progress.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace recoscope {
namespace {

// What is heard of updates that are far enough apart to be told.
struct Heard {
    std::vector<ProgressReport> reports;
    Progress progress{[this](const ProgressReport& report) { reports.push_back(report); }};

    const ProgressReport& after(double fraction)
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        progress.update(fraction, "work");
        return reports.back();
    }
};

TEST(Progress, partsAreFractionsOfTheWholeAndNest)
{
    Heard heard;
    EXPECT_DOUBLE_EQ(heard.after(0.25).fraction, 0.25);
    {
        const ProgressPart half(heard.progress, 0.5, 1.0);
        EXPECT_DOUBLE_EQ(heard.after(0.0).fraction, 0.5);
        {
            const ProgressPart quarter(heard.progress, 0.5, 1.0);
            EXPECT_DOUBLE_EQ(heard.after(0.5).fraction, 0.875);
        }
        EXPECT_DOUBLE_EQ(heard.after(0.5).fraction, 0.75);
        EXPECT_LT(heard.after(-1.0).fraction, 0.0) << "unknown stays unknown";
    }
    EXPECT_DOUBLE_EQ(heard.after(0.75).fraction, 0.75);
}

TEST(Progress, partThatIsAPointHoldsTheBarStill)
{
    Heard heard;
    const ProgressPart still(heard.progress, 0.5, 0.5);
    EXPECT_DOUBLE_EQ(heard.after(0.0).fraction, 0.5);
    EXPECT_DOUBLE_EQ(heard.after(1.0).fraction, 0.5);
}

// Work that goes on at 80 % has only the last fifth to do, and knows nothing of the time that the rest took.
TEST(Progress, timeLeftCountsFromTheFirstReport)
{
    Heard heard;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_LT(heard.after(0.8).etaSeconds, 0.0) << "nothing is known yet";
    const double left = heard.after(0.9).etaSeconds;
    const double since = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    EXPECT_GT(left, 0.0);
    EXPECT_LE(left, since) << "a tenth took so long, a tenth is left";
}

} // namespace
} // namespace recoscope
