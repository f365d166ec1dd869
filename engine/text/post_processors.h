// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The post-processors of tokenizer.json: the special ids around one text. Immutable; any thread. Registry:
// post_processors.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/json.h"

namespace recoscope {

class PostProcessor {
public:
    virtual ~PostProcessor() = default;
    virtual std::vector<std::int32_t> apply(std::vector<std::int32_t> ids) const = 0;
};

// `json` as under "post_processor"; null gives one that adds nothing.
std::unique_ptr<PostProcessor> makePostProcessor(const Json& json, const std::string& where);

} // namespace recoscope
