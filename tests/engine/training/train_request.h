// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The request to train a model on given data into a folder; everything else as it comes.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/training/trainer.h"

namespace recoscope::test {

inline TrainRequest trainRequest(
    const std::string& model, Json parameters, std::shared_ptr<const PreparedData> data, Path folder)
{
    TrainRequest request;
    request.model = model;
    request.parameters = std::move(parameters);
    request.data = std::move(data);
    request.runFolder = std::move(folder);
    return request;
}

} // namespace recoscope::test
