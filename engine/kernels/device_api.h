// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The C interface of librecoscope_cuda.so: one exported function that returns this table. Arguments are the plain
// structs of ops.h and hstu_bf16.h (pointers, 64-bit sizes, strides, floats) with these differences:
//
// - every pointer is device memory, but `offsets` of packed sequences, which the host reads as well: the span is host
//   memory and DeviceCall::offsets its copy on the device;
// - the other spans (rows, also those of rotary tables, factors, firstQueries, seenOffsets, seen, pages) are device
// memory;
// - indices are not read on the host. Kernels leave out what lies outside the table and say so in DeviceCall::fault.
//
// Everything runs in the order of the stream and returns at once. Shapes and pointers are checked before anything is
// launched, with the messages of ops.h. A function returns 0 or an ErrorKind; lastMessage() and lastHint() then tell
// the calling thread what it was. No memory is allocated or kept by the operations: see workspaceNeeded.
#pragma once

#include "engine/kernels/batch_rows.h"
#include "engine/kernels/hot_rows_ops.h"
#include "engine/kernels/hstu_bf16.h"
#include "engine/kernels/hstu_layer.h"
#include "engine/kernels/ops.h"
#include "engine/kernels/row_adagrad.h"
#include "engine/kernels/step_ops.h"

namespace recoscope::kernels {

struct DeviceCall {
    void* stream = nullptr; // cudaStream_t
    const std::int64_t* offsets = nullptr; // [B+1] on the device
    void* workspace = nullptr; // aligned to 256 bytes
    std::int64_t workspaceBytes = 0;
    std::int64_t* workspaceNeeded = nullptr; // host; without a workspace nothing runs and this is all that is done
    std::int32_t* fault = nullptr; // device, cleared by the caller; or null. See faultText()
    // Device, or null: added to the seeds of dropout, so that a captured step drops other numbers each time. A random
    // number for each step, and the same one in its backward.
    const std::uint64_t* stepSeed = nullptr;
    // Device, or null: what adamWStep(), sparseAdamW() and rowAdagrad() multiply their gradientScale with, so that
    // the clip need not come back to the host (clipGradient() writes one).
    const float* gradientScale = nullptr;
};

// Arguments of the functions that have no struct in ops.h.
struct ElementsOp {
    std::int64_t count = 0;
    const float* input = nullptr;
    float probability = 0.0f;
    std::uint64_t seed = 0;
    const float* gradOutput = nullptr; // of the backward
    float* output = nullptr; // gradInput in the backward
};
struct LookUpOp {
    std::int64_t rows = 0, width = 0, tableRows = 0;
    const float* from = nullptr; // the table, or gradOutput
    const std::int32_t* indices = nullptr;
    float* to = nullptr; // the output, or grad
};
struct SumOfSquaresOp {
    std::int64_t count = 0; // of values, or of rows
    const float* values = nullptr;
    const std::int32_t* rows = nullptr; // all of them rows of `values`; null: all values
    std::int64_t width = 1;
    double* result = nullptr; // device
};
struct ScoreAllOp {
    std::int64_t items = 0, width = 0;
    const float *query = nullptr, *table = nullptr, *bias = nullptr;
    float* scores = nullptr;
};
// topKBf16(): the table of floats and what bf16_table.h has of it.
struct TopKBf16Op {
    TopK top;
    const Bfloat16* rounded = nullptr; // [items, stride], zeros past the width
    std::int64_t stride = 0;
    float longest = 0.0f, residual = 0.0f;
};
// LruStep for `users` at once: state [users, 2S], x [users, H].
struct LruStepOp {
    LruStep step;
    std::int64_t users = 1;
};

// Every operation of the table, with its arguments.
#define RECOSCOPE_DEVICE_OPERATIONS(X)                                                                                 \
    X(lruScanForward, LruScanForward)                                                                                  \
    X(lruScanBackward, LruScanBackward)                                                                                \
    X(lruStep, LruStepOp)                                                                                              \
    X(softmaxAttentionForward, SoftmaxAttentionForward)                                                                \
    X(softmaxAttentionBackward, SoftmaxAttentionBackward)                                                              \
    X(rotateRows, RotateRows)                                                                                          \
    X(cachedAttention, CachedAttention)                                                                                \
    X(pagedAttention, PagedAttention)                                                                                  \
    X(hstuAttentionForward, HstuAttentionForward)                                                                      \
    X(hstuAttentionBackward, HstuAttentionBackward)                                                                    \
    X(hstuAttentionBf16Forward, HstuAttentionBf16Forward)                                                              \
    X(hstuAttentionBf16Backward, HstuAttentionBf16Backward)                                                            \
    X(linearCrossEntropy, LinearCrossEntropy)                                                                          \
    X(sampledLoss, SampledLoss)                                                                                        \
    X(layerNormForward, LayerNormForward)                                                                              \
    X(layerNormBackward, LayerNormBackward)                                                                            \
    X(siluProjectionForward, SiluProjection)                                                                           \
    X(siluProjectionBackward, SiluProjectionBackward)                                                                  \
    X(hstuLayerForward, HstuLayerForward)                                                                              \
    X(hstuLayerBackward, HstuLayerBackward)                                                                            \
    X(gatedOutputForward, GatedOutput)                                                                                 \
    X(gatedOutputBackward, GatedOutputBackward)                                                                        \
    X(unitRowsForward, UnitRows)                                                                                       \
    X(unitRowsBackward, UnitRowsBackward)                                                                              \
    X(geluDropoutForward, ElementsOp)                                                                                  \
    X(geluDropoutBackward, ElementsOp)                                                                                 \
    X(dropout, ElementsOp)                                                                                             \
    X(embeddingGather, LookUpOp)                                                                                       \
    X(embeddingScatterAdd, LookUpOp)                                                                                   \
    X(adamWStep, AdamWStep)                                                                                            \
    X(sparseAdamW, SparseAdamW)                                                                                        \
    X(rowAdagrad, RowAdagrad)                                                                                          \
    X(sumOfSquares, SumOfSquaresOp)                                                                                    \
    X(scoreAll, ScoreAllOp)                                                                                            \
    X(topK, TopK)                                                                                                      \
    X(topKBf16, TopKBf16Op)                                                                                            \
    X(rankTargets, RankTargets)                                                                                        \
    X(batchRows, BatchRows)                                                                                            \
    X(admitRows, AdmitRows)                                                                                            \
    X(writeBackRows, WriteBackRows)                                                                                    \
    X(clipGradient, ClipGradient)                                                                                      \
    X(capturedAdamW, CapturedAdamW)                                                                                    \
    X(clearPadding, ClearPadding)

struct DeviceApi {
    static constexpr std::int32_t currentVersion = 2;
    std::int32_t version; // currentVersion of whoever built the library
    std::int32_t bytes; // sizeof(DeviceApi); and all arguments added up: another layout is refused
    std::int32_t argumentBytes;

    const char* (*lastMessage)();
    const char* (*lastHint)();
    const char* (*faultText)(std::int32_t fault); // "operation: argument problem"

    std::int32_t (*devices)(); // usable ones; 0 without a driver
    std::int32_t (*describe)(std::int32_t device, char* text, std::int32_t bytes); // name and compute capability
    // How kernels reach the tensor cores of the current device, in words; multiplies a small known problem the first
    // time.
    std::int32_t (*tensorCores)(char* text, std::int32_t bytes);
    std::int32_t (*allocate)(std::int64_t bytes, void** memory);
    std::int32_t (*release)(void* memory);
    // These two wait for all streams of the device and until the bytes have arrived.
    std::int32_t (*upload)(void* device, const void* host, std::int64_t bytes);
    std::int32_t (*download)(void* host, const void* device, std::int64_t bytes);

    // A copy on a stream, between device memory and page-locked memory, either way; returns at once.
    std::int32_t (*copyOn)(void* stream, void* to, const void* from, std::int64_t bytes);

    // Page-locked memory of the host, which kernels read and write at the same address, over the bus.
    std::int32_t (*allocateHost)(std::int64_t bytes, void** memory);
    std::int32_t (*releaseHost)(void* memory);

    // Streams wait for no other one, the null stream neither. follow(): what is put on `stream` from now on begins
    // when what is on `earlier` has ended. synchronise(): the host waits until all of a stream has ended.
    std::int32_t (*createStream)(void** stream);
    std::int32_t (*releaseStream)(void* stream);
    std::int32_t (*follow)(void* stream, void* earlier);
    std::int32_t (*synchronise)(void* stream);

    // Graphs. From beginCapture() to endCapture() the operations that the calling thread puts on the stream (not the
    // null stream) run nothing and become nodes, with their arguments as they are then: pointers, sizes, steps, seeds.
    // A launch runs all of them on the contents that their arrays have by then. While it captures, the thread is
    // refused memory, copies, streams, waiting, other graphs and a second capture; operations on other streams run as
    // ever. endCapture() ends the capture whatever it returns. A graph must have ended before it is released.
    std::int32_t (*beginCapture)(void* stream);
    std::int32_t (*endCapture)(void* stream, void** graph);
    std::int32_t (*launchGraph)(void* graph, void* stream);
    std::int32_t (*releaseGraph)(void* graph);

#define RECOSCOPE_OPERATION(name, Arguments) std::int32_t (*name)(const Arguments* arguments, const DeviceCall* call);
    RECOSCOPE_DEVICE_OPERATIONS(RECOSCOPE_OPERATION)
#undef RECOSCOPE_OPERATION
};

constexpr std::int32_t deviceArgumentBytes()
{
#define RECOSCOPE_OPERATION(name, Arguments) +sizeof(Arguments)
    return sizeof(DeviceCall) RECOSCOPE_DEVICE_OPERATIONS(RECOSCOPE_OPERATION);
#undef RECOSCOPE_OPERATION
}

} // namespace recoscope::kernels
