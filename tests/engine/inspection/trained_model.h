// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A fixture that trains any model on the small dataset, in a folder of its own.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/engine/training/small_data.h"
#include "tests/engine/training/train_request.h"

namespace recoscope::test {

class TrainedOnSmallData : public testing::Test {
protected:
    std::shared_ptr<const TrainedModel> train(const std::string& model, Json parameters)
    {
        const TrainRequest request = trainRequest(model, std::move(parameters), data, scratch / model);
        TrainControl control;
        Progress progress;
        return trainRun(request, control, {}, progress).best;
    }

    TemporaryFolder scratch;
    std::shared_ptr<const PreparedData> data = smallData(scratch);
};

} // namespace recoscope::test
