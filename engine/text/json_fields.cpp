// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/json_fields.h"

#include <limits>

#include "engine/core/error.h"

namespace recoscope {

void failInput(const std::string& where, const std::string& what)
{
    throw Error(ErrorKind::Input, where + ": " + what, "use the file as it was published");
}

void failUnknownKind(const std::string& where, const std::string& kind, const std::string& known)
{
    throw Error(ErrorKind::Input, where + ": the kind \"" + kind + "\" is not known", "known here: " + known);
}

bool hasField(const Json& object, const char* key)
{
    if (!object.is_object())
        return false;
    const auto found = object.find(key);
    return found != object.end() && !found->is_null();
}

const Json& fieldOf(const Json& object, const char* key, const std::string& where)
{
    if (!hasField(object, key))
        failInput(where, std::string("`") + key + "` is missing");
    return object.at(key);
}

const Json& arrayOf(const Json& object, const char* key, const std::string& where)
{
    const Json& value = fieldOf(object, key, where);
    if (!value.is_array())
        failInput(where, std::string("`") + key + "` is not a list");
    return value;
}

std::string textOf(const Json& object, const char* key, const std::string& where)
{
    const Json& value = fieldOf(object, key, where);
    if (!value.is_string())
        failInput(where, std::string("`") + key + "` is not a text");
    return value.get<std::string>();
}

std::string textOf(const Json& object, const char* key, const std::string& where, const std::string& otherwise)
{
    return hasField(object, key) ? textOf(object, key, where) : otherwise;
}

bool flagOf(const Json& object, const char* key, const std::string& where, bool otherwise)
{
    if (!hasField(object, key))
        return otherwise;
    if (!object.at(key).is_boolean())
        failInput(where, std::string("`") + key + "` is neither true nor false");
    return object.at(key).get<bool>();
}

std::int64_t integerOf(const Json& object, const char* key, const std::string& where, std::int64_t otherwise)
{
    if (!hasField(object, key))
        return otherwise;
    const Json& value = object.at(key);
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX))
        failInput(where, std::string("`") + key + "` is not an integer");
    return value.get<std::int64_t>();
}

std::int32_t idFrom(const Json& value, const std::string& where)
{
    constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max() - 1;
    // A number beyond 64 bits with a sign turns negative here, and is refused like one.
    const std::int64_t id = value.is_number_integer() ? value.get<std::int64_t>() : -1;
    if (id < 0 || id > largest)
        failInput(where, "an id is not an integer from 0 to " + std::to_string(largest));
    return static_cast<std::int32_t>(id);
}

} // namespace recoscope
