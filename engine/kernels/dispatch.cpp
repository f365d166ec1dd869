// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Which path runs: the best the processor has, RECOSCOPE_KERNELS when set, or the one a test forced. A GPU is asked for
// only where the path 'cuda' is named.
#include "engine/core/error.h"
#include "engine/kernels/device_library.h"
#include "engine/kernels/table.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <string_view>

namespace recoscope::kernels {

namespace {

constexpr std::array allPaths{Path::Reference, Path::Scalar, Path::Avx2, Path::Avx512, Path::Cuda};

// The path in use, or -1 before the first question.
std::atomic<int> g_path{-1};

bool available(Path path)
{
    switch (path) {
    case Path::Reference:
    case Path::Scalar: return true;
#if defined(__x86_64__)
    case Path::Avx2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Path::Avx512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
            && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma");
#endif
    case Path::Cuda: return deviceLibrary().api != nullptr;
    default: return false;
    }
}

Path bestOfProcessor()
{
    constexpr std::array best{Path::Avx512, Path::Avx2};
    const auto found = std::find_if(best.begin(), best.end(), available);
    return found == best.end() ? Path::Scalar : *found;
}

void requireAvailable(Path path)
{
    if (available(path))
        return;
    std::string names;
    for (const Path p : availablePaths())
        names += (names.empty() ? "" : ", ") + std::string(pathName(p));
    throw Error(ErrorKind::Resource,
        "the kernel path '" + std::string(pathName(path)) + "' is not available here"
            + (path == Path::Cuda ? ": " + deviceLibrary().found : ""),
        "use one of: " + names);
}

Path initialPath()
{
    const char* wanted = std::getenv("RECOSCOPE_KERNELS");
    if (!wanted || !*wanted)
        return bestOfProcessor();
    for (const Path path : allPaths) {
        if (std::string_view(wanted) == pathName(path)) {
            requireAvailable(path);
            return path;
        }
    }
    throw Error(ErrorKind::Usage, "RECOSCOPE_KERNELS is '" + std::string(wanted) + "'",
        "set it to reference, scalar, avx2, avx512 or cuda, or leave it unset");
}

} // namespace

const char* pathName(Path path)
{
    constexpr std::array names{"reference", "scalar", "avx2", "avx512", "cuda"};
    return names[static_cast<std::size_t>(path)];
}

std::vector<Path> availablePaths()
{
    std::vector<Path> paths;
    std::copy_if(allPaths.begin(), allPaths.end(), std::back_inserter(paths), available);
    return paths;
}

Path activePath()
{
    int path = g_path;
    if (path < 0) {
        const int initial = static_cast<int>(initialPath());
        path = g_path.compare_exchange_strong(path, initial) ? initial : path;
    }
    return static_cast<Path>(path);
}

void forcePath(Path path)
{
    requireAvailable(path);
    g_path = static_cast<int>(path);
}

namespace {

const KernelTable& tableOf(Path path)
{
    switch (path) {
    case Path::Reference: return referenceTable();
#if defined(__x86_64__)
    case Path::Avx2: return avx2Table();
    case Path::Avx512: return avx512Table();
#endif
    case Path::Cuda: return tableOf(bestOfProcessor()); // operations without a kernel for GPUs
    default: return scalarTable();
    }
}

} // namespace

const KernelTable& activeTable()
{
    return tableOf(activePath());
}

} // namespace recoscope::kernels
