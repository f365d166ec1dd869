// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "tests/engine/models/built_model.h"
#include "tests/engine/models/test_history.h"

namespace recoscope::bsarec_tests {
namespace {

using torch::Tensor;

constexpr std::int64_t items = 40, maxLength = 12;

std::shared_ptr<NeuralModel> bsaRec(const Json& changes)
{
    Json parameters = {{"hidden", 16}, {"heads", 2}, {"layers", 2}};
    parameters.update(changes);
    ModelSetup setup;
    setup.items = items;
    setup.maxLength = maxLength;
    setup.parameters = parameters;
    return test::builtModel("bsarec", setup, 0.05);
}

Tensor encoded(const NeuralModel& model, const PackedSequences& events)
{
    ForwardContext context;
    return model.encode(makePackedBatch(events.view()), context);
}

// Shares of the filter alone and with attention: the filter, too, must know neither what follows nor its neighbours.
TEST(BsaRec, ARowKnowsItsOwnPastOnly)
{
    for (const double share : {1.0, 0.5}) {
        const auto model = bsaRec({{"filter_share", share}});
        PackedSequences events = test::history(6, items, 4);
        const PackedSequences alone = test::history(8, items);
        events.append(alone.items, alone.times);
        const Tensor before = encoded(*model, events);
        EXPECT_LE((before.slice(0, 6) - encoded(*model, alone)).abs().max().item<double>(), 1e-6) << share;
        events.items[11] = (events.items[11] + 1) % items;
        const Tensor after = encoded(*model, events);
        EXPECT_TRUE(torch::equal(before.slice(0, 0, 11), after.slice(0, 0, 11))) << share;
        EXPECT_FALSE(torch::equal(before[11], after[11])) << share;
    }
}

TEST(BsaRec, RefusesWhatItHasNot)
{
    for (const Json& changes : {Json{{"frequencies", 7}}, Json{{"norm", "pre"}}, Json{{"bidirectional", true}}}) {
        try {
            bsaRec(changes);
            ADD_FAILURE() << "took " << changes;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::Usage) << changes;
            EXPECT_FALSE(error.hint().empty()) << changes;
        }
    }
    EXPECT_TRUE(bsaRec({{"frequencies", 6}}));
}

} // namespace
} // namespace recoscope::bsarec_tests
