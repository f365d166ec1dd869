// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Fixtures of public and of our own references against models on a device: outputs, losses, gradients, three steps.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "engine/kernels/ops.h"
#include "engine/training/parity.h"

namespace recoscope {
namespace {

// The names of the fixtures that were compared.
std::set<std::string> compare(const Path& folder)
{
    kernels::setThreads(1);
    Progress progress;
    std::set<std::string> compared;
    for (const ParityRow& row : runParity(folder, progress, {}, "cuda").rows) {
        EXPECT_TRUE(row.ok) << row.caseName << " " << row.tensor << ": " << row.maxAbs << " of " << row.tolerance;
        compared.insert(row.caseName);
    }
    return compared;
}

TEST(DeviceParity, ModelsOnADeviceAgreeWithReferencesOfOurOwn)
{
    const std::set<std::string> compared = compare(Path(RECOSCOPE_SOURCE_DIR) / "tests/parity");
    for (const char* name :
        {"argus_marked_plain", "argus_plain", "bert4rec_plain", "bsarec_plain", "esasrec_plain", "gru4rec_plain",
            "hllm_registry_plain", "hstu_plain", "hstu_production_plain", "lite_llm4rec_plain", "lrurec_plain",
            "persrec_segments_hstu", "persrec_segments_ligr", "sasrec_plain", "srt_plain", "tiger_plain"})
        EXPECT_TRUE(compared.contains(name)) << name;
    EXPECT_FALSE(compared.contains("bert_plain")) << "it is on the processor only";
}

TEST(DeviceParity, ModelsOnADeviceAgreeWithPublicImplementations)
{
    const char* shared = std::getenv("RECOSCOPE_SHARED");
    const Path folder = (shared ? Path(shared) : Path(RECOSCOPE_SOURCE_DIR) / "../shared") / "parity";
    if (!std::filesystem::exists(folder))
        GTEST_SKIP() << "no shared fixtures at " << folder;
    const std::set<std::string> compared = compare(folder);
    for (const char* name :
        {"lrurec_2blocks_L37", "sasrec_ce_2layers", "gsasrec_2blocks", "bert4rec_2layers", "hstu_bias_2layers",
            "hstu_bias_concat_ua", "hstu_rating_feedback", "gru4rec_2layers", "persrec_hstu_plain"})
        EXPECT_TRUE(compared.contains(name)) << name;
}

} // namespace
} // namespace recoscope
