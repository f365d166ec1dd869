// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/benchmarks/other_program.h"

#include <array>
#include <cstdio>
#include <filesystem>

#include "engine/core/error.h"
#include "tests/benchmarks/row_json.h"

namespace recoscope {

namespace {

std::string outputOf(const std::string& command)
{
    std::string text;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe)
        throw Error(ErrorKind::Resource, "cannot start " + command, "close other programs");
    std::array<char, 4096> buffer;
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe))
        text.append(buffer.data(), got);
    if (::pclose(pipe) != 0)
        throw Error(ErrorKind::Internal, "'" + command + "' failed", "run it alone to see why");
    return text;
}

} // namespace

std::vector<BenchmarkRow> measuredBy(const std::string& program, const std::string& name, bool quick)
{
    const std::filesystem::path file = std::filesystem::read_symlink("/proc/self/exe").parent_path() / program;
    if (!std::filesystem::exists(file))
        throw Error(ErrorKind::NotFound, "'" + file.string() + "' does not exist", "build the target " + program);
    const Json json = Json::parse(outputOf("'" + file.string() + "' " + name + (quick ? " --quick" : "")));
    std::vector<BenchmarkRow> rows;
    for (const Json& r : json.at("rows"))
        rows.push_back(rowFromJson(r));
    return rows;
}

} // namespace recoscope
