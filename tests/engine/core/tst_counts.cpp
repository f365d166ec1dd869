// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/counts.h"

#include <limits>

#include <gtest/gtest.h>

namespace recoscope {

TEST(Counts, haveThousandsApart)
{
    EXPECT_EQ(grouped(0), "0");
    EXPECT_EQ(grouped(999), "999");
    EXPECT_EQ(grouped(1000), "1,000");
    EXPECT_EQ(grouped(-999), "-999");
    EXPECT_EQ(grouped(-1000), "-1,000");
    EXPECT_EQ(grouped(1234567), "1,234,567");
    EXPECT_EQ(grouped(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(Counts, agreeWithTheirNoun)
{
    EXPECT_EQ(counted(0, "user", "users"), "0 users");
    EXPECT_EQ(counted(1, "user", "users"), "1 user");
    EXPECT_EQ(counted(1200, "user", "users"), "1,200 users");
}

} // namespace recoscope
