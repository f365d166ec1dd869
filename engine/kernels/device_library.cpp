// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/device_library.h"

#include "engine/core/plugin.h"

#include <filesystem>
#include <system_error>

namespace recoscope::kernels {

namespace {

constexpr const char* libraryName = "librecoscope_cuda.so";

DeviceLibrary findLibrary()
{
    DeviceLibrary result;
    if (!systemHasLibrary("libcuda.so.1")) {
        result.found = "no NVIDIA driver (libcuda.so.1) on this machine";
        return result;
    }
    result.driver = true;
    result.found = std::string(libraryName) + " is not beside the program: this build has no CUDA part";
    for (const std::string& file : pluginPlaces(libraryName, "RECOSCOPE_CUDA_LIBRARY")) {
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
    const auto entry = reinterpret_cast<const DeviceApi* (*)()>(pluginFunction(file, "recoscope_cuda_api"));
    const DeviceApi* api = entry ? entry() : nullptr;
    if (!api || api->version != DeviceApi::currentVersion || api->bytes != sizeof(DeviceApi)
        || api->argumentBytes != deviceArgumentBytes())
        throw pluginOfAnotherVersion(file);
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
