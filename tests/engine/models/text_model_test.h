// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Untrained models of the registry that read the texts of a small catalogue.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/models/item_pieces.h"
#include "engine/nn/neural_trained_model.h"
#include "tests/engine/models/built_model.h"
#include "tests/engine/models/text_data.h"

namespace recoscope::test {

class TextModelTest : public ::testing::Test {
protected:
    ModelSetup setupOf(const std::string& model, const Json& parameters, torch::ScalarType type = torch::kFloat32) const
    {
        ModelSetup setup;
        setup.items = data->items();
        setup.maxLength = 8;
        setup.parameters = findModel(model).schema.validate(parameters);
        setup.type = type;
        setup.fixed = std::make_shared<FixedTensors>(findModel(model).fixedTensors(*data, setup.parameters, nullptr));
        return setup;
    }
    std::shared_ptr<NeuralModel> buildText(
        const std::string& model, const Json& parameters, torch::ScalarType type = torch::kFloat32) const
    {
        return builtModel(model, setupOf(model, parameters, type), 0.03);
    }
    PackedSequences history(int length, int seed = 0) const
    {
        std::vector<std::int32_t> events;
        for (int i = 0; i < length; ++i)
            events.push_back((i * i * 7 + 3 * i + seed) % data->items());
        PackedSequences out;
        out.append(events);
        return out;
    }
    // The vector after a history, of length 1 to 8 with nothing lent: the items of the batch are read again.
    std::vector<float> readAgain(const NeuralModel& network, int length) const
    {
        const torch::NoGradGuard guard;
        ForwardContext fresh;
        return copyFloats(network.encode(makePackedBatch(history(length).view()), fresh)[length - 1]);
    }
    std::vector<float> lastVector(const TrainedModel& model, int length) const
    {
        std::vector<float> out(static_cast<std::size_t>(model.linearHead()->width));
        model.encodeLast(history(length).view(), out);
        return out;
    }
    static void expectNear(const std::vector<float>& a, const std::vector<float>& b, const std::string& what)
    {
        ASSERT_EQ(a.size(), b.size());
        for (std::size_t d = 0; d < a.size(); ++d)
            EXPECT_NEAR(a[d], b[d], 2e-5) << what;
    }
    // One event at a time, all at once with vectors computed before, and all at once from the words: the same.
    void expectStepsEqualTheFullRecompute(const std::shared_ptr<NeuralModel>& network, const std::string& what) const
    {
        const NeuralTrainedModel model(network);
        const auto state = model.newState();
        ASSERT_NE(state, nullptr) << what;
        for (int n = 1; n <= 10; ++n) {
            const std::string after = what + " after " + std::to_string(n);
            const std::vector<float> whole = lastVector(model, n);
            std::vector<float> step(whole.size());
            state->append(history(n).items.back(), 0);
            state->userVector(step);
            expectNear(step, whole, after);
            if (n <= 8)
                expectNear(readAgain(*network, n), whole, after);
        }
    }

    TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = textData(scratch);
};

} // namespace recoscope::test
