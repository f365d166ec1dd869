// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include <fstream>
#include <string>
#include <thread>

#include <sqlite3.h>

#include "engine/kernels/ops.h"
#include "engine/workspace/workspace.h"

namespace recoscope {

namespace {

std::string processorName()
{
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line)) {
        if (!line.starts_with("model name"))
            continue;
        const std::size_t colon = line.find(": ");
        return colon == std::string::npos ? std::string() : line.substr(colon + 2);
    }
    return "unknown";
}

Json instructionSets()
{
    Json names = Json::array();
#if defined(__x86_64__)
    // The compiler takes literals only.
    const std::pair<const char*, bool> sets[] = {
        {"sse4.2", __builtin_cpu_supports("sse4.2")},
        {"avx2", __builtin_cpu_supports("avx2")},
        {"fma", __builtin_cpu_supports("fma")},
        {"avx512f", __builtin_cpu_supports("avx512f")},
        {"avx512bw", __builtin_cpu_supports("avx512bw")},
        {"avx512vnni", __builtin_cpu_supports("avx512vnni")},
        {"avx512bf16", __builtin_cpu_supports("avx512bf16")},
    };
    for (const auto& [name, supported] : sets) {
        if (supported)
            names.push_back(name);
    }
#endif
    return names;
}

std::string compilerName()
{
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

} // namespace

Json environmentInfo()
{
    return {
        {"recoscope", RECOSCOPE_VERSION},
        {"build", RECOSCOPE_BUILD_TYPE},
        {"compiler", compilerName()},
        {"libtorch", RECOSCOPE_TORCH_VERSION},
        {"sqlite", sqlite3_libversion()},
        {"processor", processorName()},
        {"instruction_sets", instructionSets()},
        {"kernels", kernels::pathName(kernels::activePath())},
        {"cores", std::thread::hardware_concurrency()},
        {"threads", kernels::threads()},
        {"device", "cpu"},
        {"memory_bytes", physicalMemoryBytes()},
    };
}

} // namespace recoscope
