// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Models and settings that are trained on a device.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "engine/core/json.h"

namespace recoscope::test {

struct DeviceCase {
    std::string model;
    Json parameters;
};

inline void PrintTo(const DeviceCase& c, std::ostream* out)
{
    *out << c.model << " " << c.parameters;
}

inline std::vector<DeviceCase> deviceCases()
{
    return {{"sasrec", Json::object()}, {"sasrec", {{"loss", "bce"}, {"negatives", 4}}},
        {"sasrec", {{"loss", "bce"}, {"negatives", 4}, {"optimiser", "adamw_sparse"}}},
        {"sasrec", {{"heads", 2}, {"attention_dropout", 0.1}, {"norm", "post"}, {"activation", "relu"}}},
        {"gsasrec", {{"negatives", 8}}}, {"esasrec", {{"negatives", 8}}}, {"bert4rec", Json::object()},
        {"lrurec", Json::object()}, {"lrurec", {{"loss", "sampled_softmax"}, {"negatives", 10}}},
        {"lrurec", {{"optimiser", "adagrad"}, {"begin_of_sequence", true}}},
        {"sasrec", {{"examples", "prefixes"}, {"label_smoothing", 0.1}}}, {"bsarec", Json::object()},
        {"hstu", Json::object()}, {"hstu", {{"loss", "sampled_softmax"}, {"negatives", 10}, {"ratings", 4}}},
        {"hstu", {{"variant", "production"}, {"concat_ua", true}, {"ratings", 4}}},
        {"hstu", {{"item_width", 8}, {"learned_temperature", true}}}};
}

} // namespace recoscope::test
