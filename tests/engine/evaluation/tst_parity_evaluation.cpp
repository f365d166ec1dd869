// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The shared fixtures of metrics, top-k and statistics, where they are present, and references of our own, always.

#include <cstdlib>

#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/evaluation/parity_evaluation.h"

namespace recoscope {
namespace {

Path sharedParity()
{
    const char* shared = std::getenv("RECOSCOPE_SHARED");
    return (shared ? Path(shared) : Path(RECOSCOPE_SOURCE_DIR "/../shared")) / "parity";
}

void expectAllOk(const Path& folder)
{
    const std::vector<ParityRow> rows = parityEvaluation(folder);
    EXPECT_FALSE(rows.empty());
    for (const ParityRow& row : rows)
        EXPECT_TRUE(row.ok) << row.caseName << " " << row.tensor << ": " << row.maxAbs << " absolute, " << row.maxRel
                            << " relative, tolerance " << row.tolerance;
}

class SharedFixture : public ::testing::TestWithParam<const char*> { };

TEST_P(SharedFixture, Agrees)
{
    const Path folder = sharedParity() / GetParam();
    if (!exists(folder))
        GTEST_SKIP() << "no shared material here";
    expectAllOk(folder);
}

INSTANTIATE_TEST_SUITE_P(Evaluation, SharedFixture,
    ::testing::Values("metrics_fine_60x200", "metrics_ties_40x120", "topk_12x60", "stats_hr_150", "stats_ndcg_250",
        "stats_normal_12"));

class OwnFixture : public ::testing::TestWithParam<const char*> { };

TEST_P(OwnFixture, Agrees)
{
    expectAllOk(Path(RECOSCOPE_SOURCE_DIR "/tests/parity") / GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    Evaluation, OwnFixture, ::testing::Values("own_metrics_12x30", "own_topk_6x20", "own_stats_40"));

TEST(ParityEvaluation, RefusesOtherFolders)
{
    EXPECT_FALSE(isEvaluationFamily("lrurec"));
    EXPECT_THROW(parityEvaluation("/nowhere"), Error);
}

} // namespace
} // namespace recoscope
