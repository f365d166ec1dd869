// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// --cache FILE --cache-size MIB: where states of users stay between requests; shared by recommend and states.
#pragma once

#include <memory>
#include <string>

#include "engine/serving/state_cache.h"

namespace CLI {
class App;
}

namespace recoscope::cli {

struct CacheWords {
    std::string file; // "" = none
    int mebibytes = 256;
};

void addCacheOptions(CLI::App& command, CacheWords& words);
StateCache openCache(const CacheWords& words, std::shared_ptr<const TrainedModel> model);

} // namespace recoscope::cli
