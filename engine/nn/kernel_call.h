// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The binding of the kernels to LibTorch: an operation of the doorway runs where its tensors are. On the processor that
// is kernels/ops.h; on a device its table (kernels/device_api.h), in the order of the calling thread's current stream
// and without waiting for it. Offsets of packed sequences are tensors of the processor everywhere.
#pragma once

#include <span>

#include <torch/torch.h>

#include "engine/kernels/device_api.h"

namespace recoscope::nn {

// The copy of a tensor of the processor on a device, made when it is first asked for and kept as long as the tensor's
// memory lives, which must not change meanwhile. For the processor the tensor itself.
torch::Tensor copyOn(torch::Device device, const torch::Tensor& host);
// From now on copyOn() gives `copy`, which somebody else has made of `host` on its device.
void keepCopy(const torch::Tensor& host, const torch::Tensor& copy);
// The numbers of copyOn(): device memory on a device. None of an undefined tensor.
std::span<const std::int64_t> numbersOn(torch::Device device, const torch::Tensor& host);

// One call of a device's table for tensors on it. Workspace comes from LibTorch's allocator. Error as the table says.
class DeviceKernelCall {
public:
    // `offsets`: of packed sequences, of the processor; or undefined.
    explicit DeviceKernelCall(const torch::Tensor& where, const torch::Tensor& offsets = {});

    template <class Arguments>
    void run(std::int32_t (*kernels::DeviceApi::*operation)(const Arguments*, const kernels::DeviceCall*),
        const Arguments& a)
    {
        std::int64_t needed = 0;
        m_call.workspaceNeeded = &needed;
        require((m_api.*operation)(&a, &m_call));
        m_call.workspaceNeeded = nullptr;
        takeWorkspace(needed);
        require((m_api.*operation)(&a, &m_call));
    }

    // DeviceCall::gradientScale: [] float32 on the device.
    void scaleGradientBy(const torch::Tensor& scale) { m_call.gradientScale = scale.const_data_ptr<float>(); }

private:
    void takeWorkspace(std::int64_t bytes);
    void require(std::int32_t status) const;

    const kernels::DeviceApi& m_api;
    torch::Device m_device;
    torch::Tensor m_offsets, m_workspace;
    kernels::DeviceCall m_call;
};

// [1] int32 on the device: not zero once a kernel has met an index outside its table.
torch::Tensor deviceFault(torch::Device device);
// Error{Usage} for such a number that the host has read, and the device's is zero again; nothing for zero.
void throwDeviceFault(torch::Device device, std::int32_t fault);

#define RECOSCOPE_KERNELS_OF_TENSORS(X)                                                                                \
    X(lruScanForward, LruScanForward)                                                                                  \
    X(lruScanBackward, LruScanBackward)                                                                                \
    X(softmaxAttentionForward, SoftmaxAttentionForward)                                                                \
    X(softmaxAttentionBackward, SoftmaxAttentionBackward)                                                              \
    X(hstuAttentionForward, HstuAttentionForward)                                                                      \
    X(hstuAttentionBackward, HstuAttentionBackward)                                                                    \
    X(siluProjectionForward, SiluProjection)                                                                           \
    X(siluProjectionBackward, SiluProjectionBackward)                                                                  \
    X(hstuLayerForward, HstuLayerForward)                                                                              \
    X(hstuLayerBackward, HstuLayerBackward)                                                                            \
    X(gatedOutputForward, GatedOutput)                                                                                 \
    X(gatedOutputBackward, GatedOutputBackward)                                                                        \
    X(unitRowsForward, UnitRows)                                                                                       \
    X(unitRowsBackward, UnitRowsBackward)                                                                              \
    X(linearCrossEntropy, LinearCrossEntropy)                                                                          \
    X(sampledLoss, SampledLoss)                                                                                        \
    X(layerNormForward, LayerNormForward)                                                                              \
    X(layerNormBackward, LayerNormBackward)

#define RECOSCOPE_KERNEL(name, Arguments)                                                                              \
    inline void runKernel(const torch::Tensor& where, const kernels::Arguments& a, const torch::Tensor& offsets = {})  \
    {                                                                                                                  \
        if (where.is_cpu())                                                                                            \
            kernels::name(a);                                                                                          \
        else                                                                                                           \
            DeviceKernelCall(where, offsets).run(&kernels::DeviceApi::name, a);                                        \
    }
RECOSCOPE_KERNELS_OF_TENSORS(RECOSCOPE_KERNEL)
#undef RECOSCOPE_KERNEL
#undef RECOSCOPE_KERNELS_OF_TENSORS

// Those of the doorway that take no struct. Tensors are contiguous and on one device; shapes as in kernels/ops.h.
void runDropout(const torch::Tensor& input, float probability, std::uint64_t seed, torch::Tensor& output);
void runGeluDropout(const torch::Tensor& input, float probability, std::uint64_t seed, torch::Tensor& output);
void runGeluDropoutBackward(const torch::Tensor& input, float probability, std::uint64_t seed,
    const torch::Tensor& gradOutput, torch::Tensor& gradInput);
// out[r] = table[indices[r]], and grad[indices[r]] += rows[r].
void runGather(const torch::Tensor& table, const torch::Tensor& indices, torch::Tensor& out);
void runScatterAdd(const torch::Tensor& rows, const torch::Tensor& indices, torch::Tensor& grad);
// Of float32 numbers, or of the rows [R] int32 of a matrix where they are defined; in double, to where the values are.
void runSumOfSquares(const torch::Tensor& values, const torch::Tensor& rows, double* result);
// With the gradient multiplied by `scale` []: float64 of the processor, float32 of a device, which the host does not
// read. Undefined: as the arguments say.
void runAdamW(const torch::Tensor& where, kernels::AdamWStep a, const torch::Tensor& scale);
void runSparseAdamW(const torch::Tensor& where, kernels::SparseAdamW a, const torch::Tensor& scale);
void runRowAdagrad(const torch::Tensor& where, kernels::RowAdagrad a, const torch::Tensor& scale);

} // namespace recoscope::nn
