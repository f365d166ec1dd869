// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/emulated_streams.h"

#include "engine/kernels/cuda/capture.h"
#include "engine/kernels/cuda/entries.h"

#include <cstdlib>
#include <cstring>
#include <memory>

namespace recoscope::kernels {

namespace {

constexpr int unwritten = 0xFF; // every float of it is NaN

struct EmulatedStream {
    std::vector<EmulatedLaunch> captured;
};

struct EmulatedGraph {
    std::vector<EmulatedLaunch> launches;
    bool backwards = false;
};

template <class Body> std::int32_t outsideCapture(const char* function, const Body& body)
{
    return cuda::guarded([&] {
        cuda::refuseWhileCapturing(function);
        body();
    });
}

void* unwrittenMemory(std::int64_t bytes)
{
    void* memory = std::malloc(static_cast<std::size_t>(bytes));
    std::memset(memory, unwritten, static_cast<std::size_t>(bytes));
    return memory;
}

void copyBytes(void* to, const void* from, std::int64_t bytes)
{
    if (bytes > 0)
        std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

void addMemory(DeviceApi& api)
{
    api.allocate = [](std::int64_t bytes, void** memory) {
        return outsideCapture("allocate", [&] { *memory = unwrittenMemory(bytes); });
    };
    api.release = [](void* memory) { return outsideCapture("release", [&] { std::free(memory); }); };
    api.upload = [](void* to, const void* from, std::int64_t bytes) {
        return outsideCapture("upload", [&] { copyBytes(to, from, bytes); });
    };
    api.download = [](void* to, const void* from, std::int64_t bytes) {
        return outsideCapture("download", [&] { copyBytes(to, from, bytes); });
    };
    api.copyOn = [](void*, void* to, const void* from, std::int64_t bytes) {
        return outsideCapture("copyOn", [&] { copyBytes(to, from, bytes); });
    };
    api.allocateHost = [](std::int64_t bytes, void** memory) {
        return outsideCapture("allocateHost", [&] { *memory = unwrittenMemory(bytes); });
    };
    api.releaseHost = [](void* memory) { return outsideCapture("releaseHost", [&] { std::free(memory); }); };
}

void addGraphs(DeviceApi& api)
{
    api.beginCapture = [](void* stream) {
        return cuda::guarded([&] {
            cuda::checkBeginCapture(stream);
            cuda::capturedStream() = stream;
        });
    };
    api.endCapture = [](void* stream, void** graph) {
        return cuda::guarded([&] {
            cuda::checkEndCapture(stream);
            cuda::capturedStream() = nullptr;
            auto made = std::make_unique<EmulatedGraph>();
            made->launches.swap(static_cast<EmulatedStream*>(stream)->captured);
            *graph = made.release();
        });
    };
    api.launchGraph = [](void* graph, void*) {
        return cuda::guarded([&] {
            cuda::checkGraph("launchGraph", graph);
            auto& replayed = *static_cast<EmulatedGraph*>(graph);
            for (const EmulatedLaunch& launch : replayed.launches)
                launch(replayed.backwards);
            replayed.backwards = !replayed.backwards;
        });
    };
    api.releaseGraph = [](void* graph) {
        return cuda::guarded([&] {
            cuda::checkGraph("releaseGraph", graph);
            delete static_cast<EmulatedGraph*>(graph);
        });
    };
}

} // namespace

std::vector<EmulatedLaunch>* captureOf(const void* stream)
{
    void* captured = cuda::capturedStream();
    return captured && captured == stream ? &static_cast<EmulatedStream*>(captured)->captured : nullptr;
}

void addEmulatedStreams(DeviceApi& api)
{
    addMemory(api);
    api.createStream
        = [](void** stream) { return outsideCapture("createStream", [&] { *stream = new EmulatedStream; }); };
    api.releaseStream = [](void* stream) {
        return outsideCapture("releaseStream", [&] { delete static_cast<EmulatedStream*>(stream); });
    };
    api.follow = [](void*, void*) { return outsideCapture("follow", [] {}); };
    api.synchronise = [](void*) { return outsideCapture("synchronise", [] {}); };
    addGraphs(api);
}

} // namespace recoscope::kernels
