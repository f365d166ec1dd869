// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/device_library.h"

#include "engine/core/error.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include <dlfcn.h>

namespace recoscope::kernels {

namespace {

constexpr const char* libraryName = "librecoscope_cuda.so";

std::vector<std::string> places()
{
    if (const char* named = std::getenv("RECOSCOPE_CUDA_LIBRARY"))
        return {named};
    std::error_code ignored;
    const std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    std::vector<std::string> files;
    for (const char* place : {".", "../lib", "../../lib"})
        files.push_back((folder / place / libraryName).lexically_normal().string());
    return files;
}

DeviceLibrary findLibrary()
{
    DeviceLibrary result;
    void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!driver) {
        result.found = "no NVIDIA driver (libcuda.so.1) on this machine";
        return result;
    }
    result.driver = true;
    result.found = std::string(libraryName) + " is not beside the program: this build has no CUDA part";
    for (const std::string& file : places()) {
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored))
            continue;
        try {
            const DeviceApi* api = loadDeviceLibrary(file);
            char text[256] = "";
            if (api->devices() > 0 && api->describe(0, text, sizeof text) == 0)
                result.api = api;
            result.found = result.api ? text : api->lastMessage();
        } catch (const Error& error) {
            result.found = error.message();
        }
        break;
    }
    return result;
}

DeviceLibrary& library()
{
    static DeviceLibrary found = findLibrary();
    return found;
}

} // namespace

const DeviceLibrary& deviceLibrary()
{
    return library();
}

const DeviceApi* loadDeviceLibrary(const std::string& file)
{
    const auto refuse = [&](const std::string& why) -> Error {
        return {ErrorKind::Resource, file + " cannot be used: " + why, "build it together with this program"};
    };
    void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        throw refuse(dlerror());
    const auto entry = reinterpret_cast<const DeviceApi* (*)()>(dlsym(handle, "recoscope_cuda_api"));
    const DeviceApi* api = entry ? entry() : nullptr;
    if (!api || api->version != DeviceApi::currentVersion || api->bytes != sizeof(DeviceApi)
        || api->argumentBytes != deviceArgumentBytes())
        throw refuse("it belongs to another version");
    return api;
}

void useDeviceLibrary(const DeviceApi* api, const std::string& found)
{
    library() = {api, api != nullptr, found};
}

const DeviceApi* activeDevice()
{
    return activePath() == Path::Cuda ? deviceLibrary().api : nullptr;
}

} // namespace recoscope::kernels
