// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Typed access to tokenizer.json. `where` names the file and the part in messages ("tokenizer.json: model"). Functions
// throw Error{Input}. A key that is absent or null gives the default.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/core/json.h"

namespace recoscope {

[[noreturn]] void failInput(const std::string& where, const std::string& what);

bool hasField(const Json& object, const char* key); // present and not null
const Json& fieldOf(const Json& object, const char* key, const std::string& where);
const Json& arrayOf(const Json& object, const char* key, const std::string& where);
std::string textOf(const Json& object, const char* key, const std::string& where);
std::string textOf(const Json& object, const char* key, const std::string& where, const std::string& otherwise);
bool flagOf(const Json& object, const char* key, const std::string& where, bool otherwise);
std::int64_t integerOf(const Json& object, const char* key, const std::string& where, std::int64_t otherwise);
std::int32_t idFrom(const Json& value, const std::string& where); // 0 ... 2^31 - 2

// A registry line: what `type` names, and how it is made.
template <class Component> struct ComponentKind {
    const char* name;
    std::unique_ptr<Component> (*make)(const Json& json, const std::string& where);
};

[[noreturn]] void failUnknownKind(const std::string& where, const std::string& kind, const std::string& known);

// Makes what json's `type` names.
template <class Component>
std::unique_ptr<Component> makeComponent(
    std::span<const ComponentKind<Component>> kinds, const Json& json, const std::string& where)
{
    const std::string type = textOf(json, "type", where);
    std::string known;
    for (const auto& kind : kinds) {
        if (type == kind.name)
            return kind.make(json, where + " " + type);
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    failUnknownKind(where, type, known);
}

} // namespace recoscope
