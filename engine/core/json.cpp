// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/json.h"

#include <algorithm>

#include "engine/core/error.h"
#include "engine/core/file.h"

namespace recoscope {

namespace {

// dump() and our own walkers of values recurse: a hostile file of a million brackets must not use up the stack.
constexpr int maxDepth = 256;

struct Position {
    std::size_t line = 1, column = 1;
};

Position positionOf(const std::string& text, std::size_t byte)
{
    const std::size_t end = std::min(byte, text.size());
    Position position;
    position.line += static_cast<std::size_t>(std::count(text.begin(), text.begin() + end, '\n'));
    const std::size_t newline = end == 0 ? std::string::npos : text.rfind('\n', end - 1);
    position.column = newline == std::string::npos ? end + 1 : end - newline;
    return position;
}

Error syntaxError(const std::string& text, const std::string& origin, std::size_t byte, const std::string& what)
{
    const Position at = positionOf(text, byte);
    return Error(ErrorKind::Input,
        origin + ": line " + std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " + what,
        "mend the JSON at that place");
}

// The library's text is "[json.exception...] parse error at line 1, column 2: syntax error ...": keep the last part.
std::string shortReason(const std::string& what)
{
    const std::size_t at = what.find("syntax error");
    return at == std::string::npos ? what : what.substr(at);
}

} // namespace

Json parseJson(const std::string& text, const std::string& origin)
{
    bool tooDeep = false;
    const auto limitDepth = [&tooDeep](int depth, Json::parse_event_t event, Json&) {
        const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
        if (opens && depth >= maxDepth)
            tooDeep = true;
        return !tooDeep;
    };
    Json value;
    try {
        value = Json::parse(text, limitDepth);
    } catch (const Json::parse_error& error) {
        // `byte` is 1-based: the last byte that was read.
        throw syntaxError(text, origin, error.byte > 0 ? error.byte - 1 : 0, shortReason(error.what()));
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::Input, origin + ": " + error.what(), "mend the JSON");
    }
    if (tooDeep)
        throw Error(ErrorKind::Input,
            origin + ": values are nested deeper than " + std::to_string(maxDepth) + " levels",
            "check that this is the right file");
    return value;
}

Json readJson(const std::filesystem::path& path)
{
    return parseJson(readFile(path), path.string());
}

void writeJson(const std::filesystem::path& path, const Json& value)
{
    // Raw ids may hold bytes that are not UTF-8: replacing them beats losing the file.
    writeFileAtomically(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

} // namespace recoscope
