// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What the played device, which tst_device_training.cpp installs, does to programs that would fail on a GPU.
#include <gtest/gtest.h>
#include <torch/torch.h>

namespace recoscope {
namespace {

TEST(PlayedDevice, EndsAProgramThatFollowsAPointerToItsNumbers)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const torch::Tensor numbers = torch::full({300}, 2.5, torch::Device("cuda"));
    const volatile float* first = numbers.const_data_ptr<float>();
    EXPECT_DEATH({ [[maybe_unused]] const float read = first[299]; }, "the host follows a pointer");
    EXPECT_EQ(numbers.sum().item<float>(), 750.0f);
}

TEST(PlayedDevice, RefusesOperationsOnTensorsOfBothSides)
{
    const torch::Tensor there = torch::ones({3}, torch::Device("cuda")), here = torch::ones({3});
    EXPECT_THROW(there.index_select(0, torch::zeros({1}, torch::kInt64)) + here, c10::Error);
    EXPECT_THROW(there + here, c10::Error);
    EXPECT_EQ((there.cpu() + here).sum().item<float>(), 6.0f);
}

} // namespace
} // namespace recoscope
