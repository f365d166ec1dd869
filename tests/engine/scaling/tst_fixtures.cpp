// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Fits made by another program, where the shared material is present.

#include <cstdlib>

#include <gtest/gtest.h>

#include "engine/evaluation/parity_evaluation.h"

namespace recoscope {
namespace {

class PowerLawFixture : public testing::TestWithParam<const char*> { };

TEST_P(PowerLawFixture, Agrees)
{
    const char* shared = std::getenv("RECOSCOPE_SHARED");
    const Path folder = (shared ? Path(shared) : Path(RECOSCOPE_SOURCE_DIR "/../shared")) / "parity" / GetParam();
    if (!exists(folder))
        GTEST_SKIP() << "no shared material here";
    const std::vector<ParityRow> rows = parityEvaluation(folder);
    EXPECT_EQ(rows.size(), 21u);
    for (const ParityRow& row : rows)
        EXPECT_TRUE(row.ok) << row.caseName << " " << row.tensor << ": " << row.maxAbs << " absolute, " << row.maxRel
                            << " relative, tolerance " << row.tolerance;
}

INSTANTIATE_TEST_SUITE_P(Scaling, PowerLawFixture, testing::Values("powerlaw_a", "powerlaw_b"));

} // namespace
} // namespace recoscope
