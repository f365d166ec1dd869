// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Memory, copies, streams and graphs of the table.
#include "engine/kernels/cuda/capture.h"
#include "engine/kernels/cuda/device_block.cuh"
#include "engine/kernels/cuda/entries.h"
#include "engine/kernels/cuda/library.h"

namespace recoscope::kernels::cuda {

namespace {

cudaStream_t streamOf(void* stream)
{
    return static_cast<cudaStream_t>(stream);
}

// A call that a capture does not survive.
template <class Body> std::int32_t outsideCapture(const char* function, const Body& body)
{
    return guarded([&] {
        refuseWhileCapturing(function);
        body();
    });
}

std::int32_t allocate(std::int64_t bytes, void** memory)
{
    return outsideCapture(
        "allocate", [&] { requireCuda(cudaMalloc(memory, static_cast<std::size_t>(bytes)), "no memory on the GPU"); });
}

std::int32_t release(void* memory)
{
    return outsideCapture("release", [&] { requireCuda(cudaFree(memory), "memory on the GPU was not freed"); });
}

// A copy does not wait for streams of createStream(), nor they for it; and one from pageable memory may return before
// the last bytes are there.
std::int32_t copy(const char* function, void* to, const void* from, std::int64_t bytes, cudaMemcpyKind kind)
{
    return outsideCapture(function, [&] {
        requireCuda(cudaDeviceSynchronize(), "what ran on the GPU before a copy");
        requireCuda(cudaMemcpy(to, from, static_cast<std::size_t>(bytes), kind), "copying to or from the GPU");
        requireCuda(cudaStreamSynchronize(nullptr), "copying to or from the GPU");
    });
}

std::int32_t copyOn(void* stream, void* to, const void* from, std::int64_t bytes)
{
    return outsideCapture("copyOn", [&] {
        requireCuda(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDefault, streamOf(stream)),
            "copying to or from the GPU");
    });
}

std::int32_t allocateHost(std::int64_t bytes, void** memory)
{
    return outsideCapture("allocateHost", [&] {
        requireCuda(cudaHostAlloc(memory, static_cast<std::size_t>(bytes), cudaHostAllocPortable | cudaHostAllocMapped),
            "no page-locked memory");
    });
}

std::int32_t releaseHost(void* memory)
{
    return outsideCapture(
        "releaseHost", [&] { requireCuda(cudaFreeHost(memory), "page-locked memory was not freed"); });
}

std::int32_t createStream(void** stream)
{
    return outsideCapture("createStream", [&] {
        cudaStream_t made = nullptr;
        requireCuda(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking), "no stream on the GPU");
        *stream = made;
    });
}

std::int32_t releaseStream(void* stream)
{
    return outsideCapture("releaseStream",
        [&] { requireCuda(cudaStreamDestroy(streamOf(stream)), "a stream of the GPU was not released"); });
}

std::int32_t follow(void* stream, void* earlier)
{
    return outsideCapture("follow", [&] {
        cudaEvent_t ended = nullptr;
        requireCuda(cudaEventCreateWithFlags(&ended, cudaEventDisableTiming), "no event on the GPU");
        const cudaError_t recorded = cudaEventRecord(ended, streamOf(earlier));
        const cudaError_t waits = recorded == cudaSuccess ? cudaStreamWaitEvent(streamOf(stream), ended) : recorded;
        cudaEventDestroy(ended); // it goes when it has happened
        requireCuda(waits, "a stream of the GPU does not wait for another");
    });
}

std::int32_t synchronise(void* stream)
{
    return outsideCapture(
        "synchronise", [&] { requireCuda(cudaStreamSynchronize(streamOf(stream)), "what ran on the GPU"); });
}

std::int32_t beginCapture(void* stream)
{
    return guarded([&] {
        checkBeginCapture(stream);
        requireCuda(
            cudaStreamBeginCapture(streamOf(stream), cudaStreamCaptureModeThreadLocal), "a capture did not begin");
        capturedStream() = stream;
    });
}

std::int32_t endCapture(void* stream, void** graph)
{
    return guarded([&] {
        checkEndCapture(stream);
        capturedStream() = nullptr;
        cudaGraph_t nodes = nullptr;
        requireCuda(cudaStreamEndCapture(streamOf(stream), &nodes), "what was captured is no graph");
        cudaGraphExec_t executable = nullptr;
        const cudaError_t made = cudaGraphInstantiate(&executable, nodes, 0);
        cudaGraphDestroy(nodes);
        requireCuda(made, "a graph cannot be run");
        *graph = executable;
    });
}

std::int32_t launchGraph(void* graph, void* stream)
{
    return guarded([&] {
        checkGraph("launchGraph", graph);
        requireCuda(cudaGraphLaunch(static_cast<cudaGraphExec_t>(graph), streamOf(stream)), "a graph did not start");
    });
}

std::int32_t releaseGraph(void* graph)
{
    return guarded([&] {
        checkGraph("releaseGraph", graph);
        requireCuda(cudaGraphExecDestroy(static_cast<cudaGraphExec_t>(graph)), "a graph was not released");
    });
}

} // namespace

void addStreams(DeviceApi& api)
{
    api.allocate = allocate;
    api.release = release;
    api.upload = [](void* to, const void* from, std::int64_t bytes) {
        return copy("upload", to, from, bytes, cudaMemcpyHostToDevice);
    };
    api.download = [](void* to, const void* from, std::int64_t bytes) {
        return copy("download", to, from, bytes, cudaMemcpyDeviceToHost);
    };
    api.copyOn = copyOn;
    api.allocateHost = allocateHost;
    api.releaseHost = releaseHost;
    api.createStream = createStream;
    api.releaseStream = releaseStream;
    api.follow = follow;
    api.synchronise = synchronise;
    api.beginCapture = beginCapture;
    api.endCapture = endCapture;
    api.launchGraph = launchGraph;
    api.releaseGraph = releaseGraph;
}

} // namespace recoscope::kernels::cuda
