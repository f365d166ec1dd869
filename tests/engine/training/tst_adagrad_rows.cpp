// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Runs whose item tables go by row-wise Adagrad: their learning rate, what a checkpoint keeps, and who is refused. What
// a step does: tests/engine/device/tst_adagrad_rows_step.cpp.
#include <gtest/gtest.h>

#include "engine/core/error.h"
#include "engine/core/safetensors.h"
#include "engine/kernels/ops.h"
#include "tests/engine/training/small_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope {
namespace {

class AdagradRows : public testing::Test {
protected:
    void SetUp() override { kernels::setThreads(1); }
    TrainResult train(const std::string& model, Json parameters, const std::string& folder)
    {
        parameters["optimiser"] = "adagrad_rows";
        TrainControl control;
        Progress progress;
        return trainRun(
            test::trainRequest(model, std::move(parameters), data, scratch / folder), control, {}, progress);
    }

    test::TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = test::smallData(scratch, 60);
};

TEST_F(AdagradRows, TheTablesLearningRateIsThatOfTheOthersUnlessItIsGiven)
{
    const Json base{{"hidden", 8}, {"inner", 8}, {"negatives", 3}, {"epochs", 1}, {"learning_rate", 0.01}};
    const auto items = [&](double rate, const std::string& folder) {
        Json parameters = base;
        parameters["table_learning_rate"] = rate;
        train("gsasrec", parameters, folder);
        const SafetensorsFile file(scratch / (folder + "/weights.safetensors"));
        return file.at("item_embedding.weight").toDouble();
    };
    EXPECT_EQ(items(0.0, "default"), items(0.01, "same"));
    EXPECT_NE(items(0.0, "again"), items(0.05, "other"));
}

TEST_F(AdagradRows, ACheckpointKeepsANumberARow)
{
    const Json parameters{{"hidden", 8}, {"inner", 8}, {"negatives", 3}, {"epochs", 1}};
    train("gsasrec", parameters, "run");
    const SafetensorsFile file(scratch / "run/checkpoint-last.safetensors");
    const SafetensorsFile weights(scratch / "run/weights.safetensors");
    std::size_t numbers = 0; // of the tables
    for (const char* name : {"item_embedding.weight", "output_embedding.weight"})
        if (weights.tensors().contains(name))
            numbers += weights.at(name).toDouble().size();
    EXPECT_GE(numbers, 25u * 8u);
    const std::size_t others = file.at("values").toDouble().size() - numbers;
    EXPECT_EQ(file.at("first_moment").toDouble().size(), others);
    EXPECT_EQ(file.at("second_moment").toDouble().size(), others + numbers / 8) << "a number a row of width 8";
}

TEST_F(AdagradRows, IsRefusedWhereEveryItemChanges)
{
    try {
        train("lrurec", {{"hidden", 8}}, "run");
        FAIL() << "took a loss over all items";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::Usage);
        EXPECT_NE(error.message().find("adagrad_rows"), std::string::npos) << error.message();
        EXPECT_NE(error.message().find("cross_entropy"), std::string::npos) << error.message();
    }
}

} // namespace
} // namespace recoscope
