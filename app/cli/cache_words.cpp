// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/cache_words.h"

#include <CLI/CLI.hpp>

namespace recoscope::cli {

void addCacheOptions(CLI::App& command, CacheWords& words)
{
    command.add_option("--cache", words.file,
        "States of users of any model that keeps them, such as persrec; made when it is not there");
    command
        .add_option("--cache-size", words.mebibytes, "MiB of --cache: states used least recently go when it is full")
        ->check(CLI::Range(1, 1 << 20));
}

StateCache openCache(const CacheWords& words, std::shared_ptr<const TrainedModel> model)
{
    return StateCache(std::move(model), words.file, std::int64_t(words.mebibytes) << 20);
}

} // namespace recoscope::cli
