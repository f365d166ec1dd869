// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The normalizers of tokenizer.json: text in, text out, both UTF-8. Immutable; any thread. Registry: normalizers.cpp.
#pragma once

#include <memory>
#include <string>

#include "engine/core/json.h"

namespace recoscope {

class Normalizer {
public:
    virtual ~Normalizer() = default;
    virtual std::string apply(std::string text) const = 0;
};

// `json` as under "normalizer"; null gives one that changes nothing.
std::unique_ptr<Normalizer> makeNormalizer(const Json& json, const std::string& where);

// Those with files of their own.
std::unique_ptr<Normalizer> makeBertNormalizer(const Json& json, const std::string& where);
std::unique_ptr<Normalizer> makePrecompiledNormalizer(const Json& json, const std::string& where);

} // namespace recoscope
