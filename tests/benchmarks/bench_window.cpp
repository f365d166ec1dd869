// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The benchmarks of the window: recoscope-bench-window, which lies beside this program, measures them.
#include <array>
#include <cstdio>
#include <filesystem>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

std::vector<BenchmarkRow> benchHeatmapPaint(bool quick);
std::vector<BenchmarkRow> benchRunTable(bool quick);

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

std::vector<BenchmarkRow> measuredByTheWindow(const std::string& name, bool quick)
{
    const std::filesystem::path program
        = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "recoscope-bench-window";
    if (!std::filesystem::exists(program))
        throw Error(ErrorKind::NotFound, "'" + program.string() + "' does not exist",
            "build the target recoscope-bench-window; it needs Qt (RECOSCOPE_APP=ON)");
    const Json json = Json::parse(outputOf("'" + program.string() + "' " + name + (quick ? " --quick" : "")));
    std::vector<BenchmarkRow> rows;
    for (const Json& r : json.at("rows"))
        rows.push_back(
            {r.at("name"), r.at("shape"), r.at("ours"), r.at("baseline"), r.at("ratio"), r.at("unit"), r.at("note")});
    return rows;
}

} // namespace

std::vector<BenchmarkRow> benchHeatmapPaint(bool quick)
{
    return measuredByTheWindow("heatmap_paint", quick);
}

std::vector<BenchmarkRow> benchRunTable(bool quick)
{
    return measuredByTheWindow("run_table", quick);
}

} // namespace recoscope
