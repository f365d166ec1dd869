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

// Of histories as short as these.
inline Json segments(Json parameters)
{
    parameters.update({{"tokens", 2}, {"segment", 3}, {"recent", 2}});
    return parameters;
}

inline std::vector<DeviceCase> deviceCases()
{
    return {{"sasrec", Json::object()}, {"sasrec", {{"loss", "bce"}, {"negatives", 4}}},
        {"sasrec", {{"loss", "bce"}, {"negatives", 4}, {"optimiser", "adamw_sparse"}}},
        {"sasrec", {{"heads", 2}, {"attention_dropout", 0.1}, {"norm", "post"}, {"activation", "relu"}}},
        {"gsasrec", {{"negatives", 8}, {"optimiser", "adagrad_rows"}, {"table_learning_rate", 0.01}}},
        {"gsasrec", {{"negatives", 8}}}, {"esasrec", {{"negatives", 8}}}, {"bert4rec", Json::object()},
        {"lrurec", Json::object()}, {"lrurec", {{"loss", "sampled_softmax"}, {"negatives", 10}}},
        {"lrurec", {{"optimiser", "adagrad"}, {"begin_of_sequence", true}}},
        {"sasrec", {{"examples", "prefixes"}, {"label_smoothing", 0.1}}}, {"bsarec", Json::object()},
        {"hstu", Json::object()}, {"hstu", {{"loss", "sampled_softmax"}, {"negatives", 10}, {"ratings", 4}}},
        {"hstu", {{"variant", "production"}, {"concat_ua", true}, {"ratings", 4}}},
        {"hstu", {{"item_width", 8}, {"learned_temperature", true}}},
        {"argus", {{"negatives_in_batch", 8}, {"negatives_uniform", 8}}},
        {"argus", {{"form", "interleaved"}, {"table_rows", 40}, {"item_width", 8}, {"logq", "both"}}},
        {"argus", {{"tasks", "next_item"}, {"logq", "reweighted"}, {"pair_weight", 0.5}, {"pair_delay", 1.0}}},
        {"persrec", segments({{"backbone", "sasrec"}, {"temperature", 1.0}})},
        {"persrec", segments({{"initialisation", "pooled"}})}, {"persrec", segments({{"memory", "outputs"}})},
        {"persrec", segments({{"memory", "recursive"}, {"initialisation", "pooled"}})},
        {"persrec", segments({{"backbone", "hllm"}})}, {"gru4rec", Json::object()},
        {"gru4rec", {{"layers", 2}, {"loss", "cross_entropy"}, {"embedding", 8}}}, {"srt", Json::object()},
        {"srt", {{"loss", "bce"}, {"negatives", 4}}}, {"lite_llm4rec", {{"pooling", "mean"}}},
        {"lite_llm4rec", {{"head", "residual"}, {"negatives", 16}}},
        {"lite_llm4rec", {{"head", "free"}, {"loss", "cross_entropy"}}},
        {"hllm", {{"negatives", 16}, {"time_embedding", true}, {"key_heads", 1}}},
        {"hllm", {{"loss", "cross_entropy"}, {"pooling", "mean"}}}, {"tiger", {{"levels", 2}, {"codes", 8}}},
        {"tiger", {{"names", "title"}, {"begin_of_sequence", true}}}};
}

} // namespace recoscope::test
