// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Which stream the calling thread is capturing, kept beside what CUDA knows: a call that would break a capture is
// refused before CUDA sees it, so that the capture goes on. The same on a GPU and in its emulation.
#pragma once

#include "engine/core/error.h"

#include <string>

namespace recoscope::kernels::cuda {

inline void*& capturedStream()
{
    thread_local void* stream = nullptr;
    return stream;
}

inline void refuseWhileCapturing(const char* function)
{
    if (capturedStream())
        throw Error(ErrorKind::Usage, std::string(function) + ": this thread is capturing a graph",
            "allocate and copy before the capture or after it; only operations are captured");
}

inline void checkBeginCapture(void* stream)
{
    refuseWhileCapturing("beginCapture");
    if (!stream)
        throw Error(
            ErrorKind::Usage, "beginCapture: stream is the null stream", "capture a stream that createStream() made");
}

inline void checkEndCapture(void* stream)
{
    if (!stream || capturedStream() != stream)
        throw Error(ErrorKind::Usage, "endCapture: stream is not captured by this thread",
            "the thread that begins a capture ends it");
}

inline void checkGraph(const char* function, const void* graph)
{
    refuseWhileCapturing(function);
    if (!graph)
        throw Error(ErrorKind::Usage, std::string(function) + ": graph is null", "endCapture() makes graphs");
}

} // namespace recoscope::kernels::cuda
