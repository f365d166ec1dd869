// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/metaspace.h"

#include "engine/text/json_fields.h"
#include "engine/text/unicode.h"

namespace recoscope {

Metaspace::Metaspace(const Json& json, const std::string& where)
    : replacement(textOf(json, "replacement", where, "\xE2\x96\x81"))
    , split(flagOf(json, "split", where, true))
{
    if (characterCount(replacement) != 1)
        failInput(where, "`replacement` is not one character");
    const bool prefixed = flagOf(json, "add_prefix_space", where, true); // files older than prepend_scheme
    const std::string scheme = textOf(json, "prepend_scheme", where, prefixed ? "always" : "never");
    if (scheme != "always" && scheme != "first" && scheme != "never")
        failUnknownKind(where + " prepend_scheme", scheme, "always, first, never");
    prepend = scheme == "always" ? Prepend::Always : scheme == "first" ? Prepend::First : Prepend::Never;
}

std::string Metaspace::applied(const std::string& piece, bool first) const
{
    std::string text = replaced(piece, " ", replacement);
    const bool wanted = prepend == Prepend::Always || (prepend == Prepend::First && first);
    if (wanted && !text.starts_with(replacement))
        text.insert(0, replacement);
    return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    std::size_t at = text.find(from);
    if (at == std::string::npos)
        return text;
    std::string result;
    std::size_t begin = 0;
    for (; at != std::string::npos; at = text.find(from, begin)) {
        result.append(text, begin, at - begin);
        result += to;
        begin = at + from.size();
    }
    return result.append(text, begin);
}

} // namespace recoscope
