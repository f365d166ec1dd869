// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What of wgmma_choice.h asks the driver and the device.
#include "engine/kernels/cuda/capture.h"
#include "engine/kernels/cuda/device_block.cuh"
#include "engine/kernels/cuda/entries.h"
#include "engine/kernels/cuda/library.h"
#include "engine/kernels/cuda/wgmma_probe.h"

#include <cstdio>
#include <map>
#include <mutex>

#include <cuda.h>

namespace recoscope::kernels::cuda {

namespace {

#if defined(RECOSCOPE_CUDA_90A)
constexpr bool compiledFor90a = true;
#else
constexpr bool compiledFor90a = false;
#endif

using EncodeTiled = decltype(&cuTensorMapEncodeTiled);

// The driver's function, which the library does not link.
EncodeTiled encodeTiled()
{
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found{};
    constexpr unsigned version = 12000;
    requireCuda(
        cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, version, cudaEnableDefault, &found),
        "the driver does not describe matrices for copies");
    if (found != cudaDriverEntryPointSuccess)
        throw Error(ErrorKind::Resource, "the driver does not describe matrices for copies",
            "CUDA 12.0 brought it; RECOSCOPE_WGMMA=off does without");
    return reinterpret_cast<EncodeTiled>(function);
}

std::string probeText()
{
    const ProbeResult result = probe<StreamLauncher>(*recoscope_cuda_api());
    return result.byGroup == result.byFragments
        ? ""
        : "wgmma multiplied a known problem otherwise and stays off in this process";
}

WarpGroups findWarpGroups(int device)
{
    int major = 0, minor = 0;
    requireCuda(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "the GPU does not answer");
    requireCuda(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device), "the GPU does not answer");
    if (major < 8)
        return {false, "no tensor cores for bfloat16: multiply-adds"};
    std::string against;
    if (major != 9 || minor != 0)
        return {false, "tensor cores by wmma"};
    if (!compiledFor90a)
        against = "the library was compiled without 90a, which wgmma needs";
    else if (warpGroupsSwitchedOff())
        against = "wgmma is switched off by RECOSCOPE_WGMMA";
    else
        against = probeText();
    return against.empty() ? WarpGroups{true, "tensor cores by wgmma, copies by TMA"}
                           : WarpGroups{false, "tensor cores by wmma; " + against};
}

std::int32_t tensorCores(char* text, std::int32_t bytes)
{
    return guarded(
        [&] { std::snprintf(text, static_cast<std::size_t>(bytes), "%s", warpGroupsOfDevice().text.c_str()); });
}

} // namespace

WarpGroups warpGroupsOfDevice()
{
    static std::mutex mutex;
    static std::map<int, WarpGroups> known;
    int device = 0;
    requireCuda(cudaGetDevice(&device), "the GPU does not answer");
    const std::lock_guard lock(mutex);
    if (const auto found = known.find(device); found != known.end())
        return found->second;
    if (capturedStream())
        return {false, "tensor cores by wmma; wgmma is not tried while a graph is captured"};
    WarpGroups groups;
    try {
        groups = findWarpGroups(device);
    } catch (const Error& error) {
        groups = {false, "tensor cores by wmma; wgmma could not be tried: " + error.message()};
    }
    return known[device] = groups;
}

TileMap deviceTileMap(const TileSource& source)
{
    static const EncodeTiled encode = encodeTiled();
    static_assert(sizeof(TileMap) == sizeof(CUtensorMap) && alignof(TileMap) == alignof(CUtensorMap));
    TileMap map{};
    const cuuint64_t sizes[]{static_cast<cuuint64_t>(source.width), static_cast<cuuint64_t>(source.rows)};
    const cuuint64_t strides[]{static_cast<cuuint64_t>(source.stride) * sizeof(Bfloat16)};
    const cuuint32_t box[]{groupSide, static_cast<cuuint32_t>(source.boxRows)}, every[]{1, 1};
    const CUresult status = encode(reinterpret_cast<CUtensorMap*>(&map), CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2,
        const_cast<Bfloat16*>(source.data), sizes, strides, box, every, CU_TENSOR_MAP_INTERLEAVE_NONE,
        CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_128B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
    if (status != CUDA_SUCCESS)
        throw Error(ErrorKind::Resource, "the driver refuses to describe a matrix, error " + std::to_string(status),
            "RECOSCOPE_WGMMA=off does without");
    return map;
}

void addTensorCores(DeviceApi& api)
{
    api.tensorCores = tensorCores;
}

} // namespace recoscope::kernels::cuda
