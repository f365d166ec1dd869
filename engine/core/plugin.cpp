// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/core/plugin.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <dlfcn.h>

namespace recoscope {

namespace {

Error unusable(const std::string& file, const std::string& why)
{
    return {ErrorKind::Resource, file + " cannot be used: " + why, "build it together with this program"};
}

int modeOf(PluginSymbols symbols)
{
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (symbols == PluginSymbols::Own) // the sanitizers do not allow it
        return RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#endif
    (void)symbols;
    return RTLD_NOW | RTLD_LOCAL;
}

} // namespace

std::vector<std::string> pluginPlaces(const std::string& name, const char* variable)
{
    if (const char* named = std::getenv(variable))
        return {named};
    std::error_code ignored;
    const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    std::vector<std::string> files;
    for (const char* place : {".", "../lib", "../../lib"})
        files.push_back((folder / place / name).lexically_normal().string());
    return files;
}

void* pluginFunction(const std::string& file, const char* function, PluginSymbols symbols)
{
    void* handle = dlopen(file.c_str(), modeOf(symbols));
    if (!handle)
        throw unusable(file, dlerror());
    return dlsym(handle, function);
}

Error pluginOfAnotherVersion(const std::string& file)
{
    return unusable(file, "it belongs to another version");
}

bool loadBeside(const std::string& name, const void* symbol)
{
    Dl_info library{};
    if (dladdr(symbol, &library) == 0 || !library.dli_fname)
        return false;
    const std::string file = (std::filesystem::path(library.dli_fname).parent_path() / name).string();
    return dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr;
}

bool systemHasLibrary(const char* name)
{
    return dlopen(name, RTLD_LAZY | RTLD_LOCAL) != nullptr;
}

} // namespace recoscope
