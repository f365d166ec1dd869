// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Synthetic interactions with planted structure and a known optimum: Markov chains inside taste clusters, drift,
// repeats, popularity skew, long-range dependence of adjustable distance, titles and categories that follow taste,
// feedback of several kinds. The same parameters and seed give the same bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/json.h"
#include "engine/core/progress.h"
#include "engine/core/schema.h"
#include "engine/data/dataset.h"

namespace recoscope {

struct GeneratorPreset {
    std::string name; // "tour", "long_range", "drift", "large", ...
    std::string description;
    Json parameters; // values of generatorSchema()
};

const ParameterSchema& generatorSchema();
const std::vector<GeneratorPreset>& generatorPresets();
// The best HR@10 and NDCG@10 that any model can reach on the planted process, by what it may look at:
// {"hr@10":..,"ndcg@10":..,"first_order":{..},"popularity":{..}}, with the number of cases it is computed over.
std::shared_ptr<const Dataset> generateDataset(
    const Json& parameters, std::uint64_t seed, const Path& datasetFolder, const std::string& name, Progress& progress);
// The same events as a delimited file (for import benchmarks of any size), written in a stream.
void generateCsv(const Json& parameters, std::uint64_t seed, const Path& file, Progress& progress);

} // namespace recoscope
