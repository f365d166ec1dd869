// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Generated interactions written in the publishers' file layouts, one folder a layout: what sample_data/ holds and
// what importers are tested with. The same parameters and seed give the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/json.h"
#include "engine/core/progress.h"

namespace recoscope {

struct SampleFile {
    std::string name; // "u.data"
    std::string content;
};

// "movielens-100k", "movielens-1m", "movielens-latest", "delimited", "amazon", "recbole", "sasrec", "s3rec",
// "user_lists".
const std::vector<std::string>& sampleFormats();

// The files of one layout, whole in memory: meant for samples, not for millions of rows. Layouts without a time,
// rating or title column leave these out. Error{NotFound} for an unknown layout, Error{Usage} for bad parameters.
std::vector<SampleFile> exportSample(const Json& parameters, std::uint64_t seed, const std::string& format);

// One folder of sample_data/.
struct ShippedSample {
    std::string folder; // "tour"
    std::string format;
    Json parameters;
    std::uint64_t seed = 0;
};
const std::vector<ShippedSample>& shippedSamples();
// Writes every shipped sample below `folder`, and expected.json with parameters, seeds, counts and known optimum.
void writeShippedSamples(const Path& folder, Progress& progress);

} // namespace recoscope
