// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/points_file.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "engine/core/error.h"

namespace recoscope {

namespace {

using Fields = std::vector<std::string>;

// Reads one record from the front of `rest`; a quoted field may hold commas, line ends and doubled quotes.
Fields takeRecord(std::string_view& rest, std::size_t& line)
{
    Fields fields(1);
    bool quoted = false;
    std::size_t i = 0;
    for (; i < rest.size(); ++i) {
        const char c = rest[i];
        line += c == '\n' ? 1 : 0;
        if (quoted && c == '"' && i + 1 < rest.size() && rest[i + 1] == '"')
            fields.back() += rest[++i];
        else if (c == '"' && (quoted || fields.back().empty()))
            quoted = !quoted;
        else if (!quoted && c == ',')
            fields.emplace_back();
        else if (!quoted && c == '\n')
            break;
        else if (quoted || c != '\r')
            fields.back() += c;
    }
    rest.remove_prefix(std::min(i + 1, rest.size()));
    return fields;
}

std::string lower(std::string text)
{
    for (char& c : text)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string listed(const Fields& header)
{
    std::string list;
    for (const std::string& name : header)
        list += (list.empty() ? "" : ", ") + name;
    return list;
}

constexpr std::size_t none = static_cast<std::size_t>(-1);

// The column called `chosen`, or the first whose name is one of `usual`.
std::size_t columnOf(
    const Fields& header, const std::string& chosen, std::initializer_list<const char*> usual, const Path& file)
{
    for (std::size_t i = 0; i < header.size(); ++i)
        if (!chosen.empty() && header[i] == chosen)
            return i;
    if (!chosen.empty())
        throw Error(ErrorKind::Input, file.string() + ":1: there is no column '" + chosen + "'",
            "the columns are " + listed(header));
    for (const char* name : usual)
        for (std::size_t i = 0; i < header.size(); ++i)
            if (lower(header[i]) == name)
                return i;
    return none;
}

std::size_t valueColumn(const Fields& header, const std::string& chosen, const Path& file)
{
    const std::size_t named = columnOf(header, chosen, {"y", "value", "loss", "l", "metric"}, file);
    if (named != none)
        return named;
    std::size_t found = none;
    for (std::size_t i = 0; i < header.size(); ++i)
        if (header[i].find('@') != std::string::npos) {
            if (found != none)
                throw Error(ErrorKind::Input, file.string() + ":1: several columns could be the value",
                    "say which: the columns are " + listed(header));
            found = i;
        }
    return found;
}

struct Roles {
    std::size_t x = none, t = none, y = none, run = none;
    ScalingForm form = ScalingForm::Power;
};

Roles rolesOf(const Fields& header, const PointColumns& chosen, std::optional<ScalingForm> form, const Path& file)
{
    const auto missing = [&](const char* what) {
        return Error(ErrorKind::Input, file.string() + ":1: no column for " + what,
            "name it: the columns are " + listed(header));
    };
    Roles roles;
    const std::size_t size = columnOf(header, chosen.x, {"n", "params", "parameters", "size", "x"}, file);
    const std::size_t compute = columnOf(header, chosen.x, {"c", "compute", "flops"}, file);
    roles.t = columnOf(header, chosen.t, {"t", "d", "data", "interactions"}, file);
    if (form)
        roles.form = *form;
    else if (size != none && roles.t != none)
        roles.form = ScalingForm::Joint;
    else if (compute != none && chosen.x.empty())
        roles.form = ScalingForm::Compute;
    roles.x = roles.form == ScalingForm::Compute ? compute : size;
    roles.y = valueColumn(header, chosen.y, file);
    roles.run = columnOf(header, chosen.run, {"run", "name"}, file);
    if (roles.x == none)
        throw missing(roles.form == ScalingForm::Compute ? "the compute" : "the size");
    if (roles.form == ScalingForm::Joint && roles.t == none)
        throw missing("the amount of data");
    if (roles.form != ScalingForm::Joint)
        roles.t = none;
    if (roles.y == none)
        throw missing("the value");
    return roles;
}

double numberIn(const Fields& fields, std::size_t column, const Fields& header, const std::string& place)
{
    const std::string_view text = trimmed(fields[column]);
    double value = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error(ErrorKind::Input,
            place + ": '" + fields[column] + "' in column " + header[column] + " is not a number",
            "leave out lines of runs without a value");
    return value;
}

} // namespace

PointTable readScalingPoints(const Path& file, const PointColumns& chosen, std::optional<ScalingForm> form)
{
    const MappedFile mapped(file);
    std::string_view rest(reinterpret_cast<const char*>(mapped.bytes().data()), mapped.bytes().size());
    if (rest.starts_with("\xEF\xBB\xBF"))
        rest.remove_prefix(3);
    if (trimmed(rest).empty())
        throw Error(ErrorKind::Input, file.string() + " is empty",
            "it should be a CSV table with a header, for example n,t,loss");
    std::size_t line = 1;
    Fields header = takeRecord(rest, line);
    for (std::string& name : header)
        name = std::string(trimmed(name));
    const Roles roles = rolesOf(header, chosen, form, file);
    PointTable table;
    table.form = roles.form;
    const auto nameOf = [&](std::size_t column) { return column == none ? std::string() : header[column]; };
    table.columns = {nameOf(roles.x), nameOf(roles.t), nameOf(roles.y), nameOf(roles.run)};
    while (!rest.empty()) {
        const std::string place = file.string() + ":" + std::to_string(line);
        const Fields fields = takeRecord(rest, line);
        if (fields.size() == 1 && trimmed(fields[0]).empty())
            continue;
        if (fields.size() != header.size())
            throw Error(ErrorKind::Input,
                place + ": " + std::to_string(fields.size()) + " fields, the header has "
                    + std::to_string(header.size()),
                "put texts that hold a comma in quotes");
        ScalingPoint point;
        point.x = numberIn(fields, roles.x, header, place);
        point.t = roles.t == none ? 0.0 : numberIn(fields, roles.t, header, place);
        point.y = numberIn(fields, roles.y, header, place);
        point.run = roles.run == none ? std::string() : fields[roles.run];
        table.points.push_back(std::move(point));
    }
    return table;
}

} // namespace recoscope
