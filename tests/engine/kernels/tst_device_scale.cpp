// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The optimiser's scale of the gradient, read from the device's memory: the bytes of a step that was told it.
#include "tests/engine/kernels/kernel_test.h"
#include "tests/engine/kernels/tested_device.h"

#include <gtest/gtest.h>

namespace recoscope::kernels {
namespace {

constexpr float known = 0.5f, ofDevice = 0.6f;

struct Values {
    explicit Values(std::int64_t count)
        : parameter(pinned(Random(1).normal(count)))
        , gradient(pinned(Random(2).normal(count)))
        , first(pinned(Random(3).normal(count)))
        , second(pinned(Floats(count, 0.25f)))
        , numbers(static_cast<std::size_t>(count))
    {
    }
    std::vector<Floats> all() const
    {
        return {fromDevice(parameter.data(), numbers), fromDevice(first.data(), numbers),
            fromDevice(second.data(), numbers)};
    }

    PinnedArray<float> parameter, gradient, first, second;
    std::size_t numbers;
};

// `run(values, scale, call)` with the product of both scales as an argument, with one of them on the device, and with
// the first alone.
template <class Run> void expectScaled(std::int64_t count, const Run& run, const std::string& what)
{
    const PinnedArray<float> scale = pinned<float>({ofDevice});
    DeviceCall direct, read;
    read.gradientScale = scale.data();
    Values told(count), asked(count), unscaled(count);
    run(told, known * ofDevice, direct);
    run(asked, known, read);
    run(unscaled, known, direct);
    const std::vector<Floats> expected = told.all(), actual = asked.all();
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_TRUE(sameBytes(actual[i], expected[i])) << what << ", array " << i;
    EXPECT_FALSE(sameBytes(unscaled.all()[1], expected[1])) << what;
}

TEST(DeviceScale, OfAdamWIsThatOfTheArgumentTimesThatOfTheDevice)
{
    for (const bool decoupled : {true, false})
        for (const std::int64_t count : {1, 127, 128, 513})
            expectScaled(
                count,
                [&](Values& v, float scale, const DeviceCall& call) {
                    AdamWStep a{count, v.parameter.data(), v.gradient.data(), v.first.data(), v.second.data()};
                    a.weightDecay = 0.1;
                    a.decoupledDecay = decoupled;
                    a.step = 3;
                    a.gradientScale = scale;
                    require(testedDevice().adamWStep(&a, &call));
                },
                std::to_string(count));
}

TEST(DeviceScale, OfAdamWByRowsToo)
{
    constexpr std::int64_t rows = 9;
    for (const std::int64_t width : {1, 7, 64, 129})
        expectScaled(
            rows * width,
            [&](Values& v, float scale, const DeviceCall& call) {
                AdamWStep settings;
                settings.weightDecay = 0.1;
                std::vector<AdamWFactors> factors;
                for (settings.step = 1; settings.step <= 2; ++settings.step)
                    factors.push_back(adamWFactors(settings));
                PinnedArray<AdamWFactors> lentFactors = pinned(factors);
                PinnedArray<std::int64_t> rowSteps = pinned<std::int64_t>({0, 1, 0, 1, 1, 0, 0, 0, 0});
                const PinnedArray<std::int32_t> some = pinned<std::int32_t>({0, 1, 5, 8});
                SparseAdamW a{rows, width, v.parameter.data(), v.gradient.data(), v.first.data(), v.second.data(),
                    rowSteps.data(), {some.data(), 4}, 2, {lentFactors.data(), factors.size()}};
                a.gradientScale = scale;
                require(testedDevice().sparseAdamW(&a, &call));
                require(testedDevice().synchronise(nullptr));
            },
            "width " + std::to_string(width));
}

} // namespace
} // namespace recoscope::kernels
