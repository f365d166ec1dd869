// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The number of threads never shows in the result, and a pass leaves the caller's setting as it was.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/kernels/ops.h"
#include "engine/models/registry.h"
#include "engine/nn/neural_trained_model.h"

namespace recoscope::threads_tests {
namespace {

constexpr std::int64_t items = 50, maxLength = 300;

class Threads : public ::testing::TestWithParam<const char*> {
protected:
    void TearDown() override { kernels::setThreads(0); }

    static std::shared_ptr<NeuralModel> build(const std::string& name)
    {
        ModelSetup setup;
        setup.items = items;
        setup.maxLength = maxLength;
        setup.parameters = findModel(name).schema.validate({{"hidden", 32}});
        setup.seed = 11;
        return buildNeuralModel(name, setup);
    }
    static PackedSequences histories(std::int64_t count, std::int64_t length)
    {
        PackedSequences out;
        for (std::int64_t b = 0; b < count; ++b) {
            std::vector<std::int32_t> events;
            for (std::int64_t t = 0; t < length; ++t)
                events.push_back(static_cast<std::int32_t>((t * t * 7 + 3 * t + b) % items));
            out.append(events);
        }
        return out;
    }
    static std::vector<float> encode(const TrainedModel& model, const PackedSequences& all, int threads)
    {
        kernels::setThreads(threads);
        std::vector<float> out(static_cast<std::size_t>(all.view().sequences() * model.linearHead()->width));
        model.encodeLast(all.view(), out);
        return out;
    }
};

TEST_P(Threads, ASmallRequestGivesTheSameBytes)
{
    const NeuralTrainedModel model(build(GetParam()));
    const PackedSequences one = histories(1, 200);
    const std::vector<float> single = encode(model, one, 1);
    EXPECT_EQ(encode(model, one, 2), single);
    EXPECT_EQ(encode(model, one, 4), single);
}

TEST_P(Threads, ALargeBatchGivesTheSameVectors)
{
    const NeuralTrainedModel model(build(GetParam()));
    const PackedSequences many = histories(24, 250); // enough work for several threads
    const std::vector<float> single = encode(model, many, 1), several = encode(model, many, 3);
    for (std::size_t i = 0; i < single.size(); ++i)
        ASSERT_NEAR(several[i], single[i], 1e-5f) << i;
}

TEST_P(Threads, TheCallersSettingIsKept)
{
    const NeuralTrainedModel model(build(GetParam()));
    at::set_num_threads(2);
    encode(model, histories(1, 5), 4);
    EXPECT_EQ(at::get_num_threads(), 2);
    encode(model, histories(24, 250), 4);
    EXPECT_EQ(at::get_num_threads(), 2);
}

INSTANTIATE_TEST_SUITE_P(Models, Threads, ::testing::Values("sasrec", "lrurec", "gru4rec"));

} // namespace
} // namespace recoscope::threads_tests
