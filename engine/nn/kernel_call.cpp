// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/nn/kernel_call.h"

#include <mutex>
#include <vector>

#include <c10/core/impl/VirtualGuardImpl.h>

#include "engine/core/error.h"
#include "engine/nn/torch_device.h"
#include "engine/nn/transfers.h"

namespace recoscope::nn {

using torch::Tensor;

namespace {

const kernels::DeviceApi& apiOf(torch::Device device)
{
    const TorchDevice& found = torchDevice();
    if (!found.api)
        throw Error(ErrorKind::Resource, "there are no kernels for tensors on " + device.str() + ": " + found.found,
            "see 'recoscope-cli doctor'; --device cpu always works");
    return *found.api;
}

// Few at a time: those of the batches that are being worked on.
class Copies {
public:
    Tensor get(torch::Device device, const Tensor& host)
    {
        const std::lock_guard lock(m_mutex);
        std::erase_if(m_entries, [](const Entry& entry) { return entry.owner.expired(); });
        for (const Entry& entry : m_entries)
            if (entry.owner._unsafe_get_target() == host.storage().unsafeGetStorageImpl()
                && entry.offset == host.storage_offset() && entry.copy.device() == device
                && entry.copy.sizes() == host.sizes())
                return entry.copy;
        return put(host, sentTo(device, host));
    }

    void keep(const Tensor& host, const Tensor& copy)
    {
        const std::lock_guard lock(m_mutex);
        put(host, copy);
    }

private:
    Tensor put(const Tensor& host, const Tensor& copy)
    {
        m_entries.push_back({c10::weak_intrusive_ptr<c10::StorageImpl>(host.storage().getWeakStorageImpl()),
            host.storage_offset(), copy});
        return copy;
    }

    struct Entry {
        c10::weak_intrusive_ptr<c10::StorageImpl> owner;
        std::int64_t offset;
        Tensor copy;
    };
    std::mutex m_mutex;
    std::vector<Entry> m_entries;
};

Copies& copies()
{
    static Copies all;
    return all;
}

// Kept over calls, so that nobody has to wait for each of them.
Tensor& faultOf(torch::Device device)
{
    static std::mutex mutex;
    static std::vector<Tensor> faults;
    const std::lock_guard lock(mutex);
    for (Tensor& fault : faults)
        if (fault.device() == device)
            return fault;
    return faults.emplace_back(torch::zeros({1}, torch::dtype(torch::kInt32).device(device)));
}

kernels::ElementsOp elements(const Tensor& input, float probability, std::uint64_t seed, Tensor& output)
{
    kernels::ElementsOp op;
    op.count = input.numel();
    op.input = input.const_data_ptr<float>();
    op.probability = probability;
    op.seed = seed;
    op.output = output.data_ptr<float>();
    return op;
}

template <class Step>
void runStep(const Tensor& where, Step a, const Tensor& scale, void (*here)(const Step&),
    std::int32_t (*kernels::DeviceApi::*there)(const Step*, const kernels::DeviceCall*))
{
    if (where.is_cpu()) {
        if (scale.defined())
            a.gradientScale = static_cast<float>(scale.item<double>());
        here(a);
        return;
    }
    DeviceKernelCall call(where);
    if (scale.defined())
        call.scaleGradientBy(scale);
    call.run(there, a);
}

} // namespace

Tensor copyOn(torch::Device device, const Tensor& host)
{
    return !host.defined() || device.is_cpu() ? host : copies().get(device, host);
}

void keepCopy(const Tensor& host, const Tensor& copy)
{
    copies().keep(host, copy);
}

std::span<const std::int64_t> numbersOn(torch::Device device, const Tensor& host)
{
    if (!host.defined())
        return {};
    const Tensor numbers = copyOn(device, host);
    return {numbers.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(numbers.numel())};
}

DeviceKernelCall::DeviceKernelCall(const Tensor& where, const Tensor& offsets)
    : m_api(apiOf(where.device()))
    , m_device(where.device())
    , m_offsets(copyOn(where.device(), offsets))
{
    const c10::impl::VirtualGuardImpl device(m_device.type());
    m_call.stream = device.getStreamNativeHandle(device.getStream(m_device));
    m_call.offsets = m_offsets.defined() ? m_offsets.const_data_ptr<std::int64_t>() : nullptr;
    m_call.fault = faultOf(m_device).data_ptr<std::int32_t>();
}

// LibTorch gives it to the next who asks on this stream, whose work comes after this call's.
void DeviceKernelCall::takeWorkspace(std::int64_t bytes)
{
    m_workspace = torch::empty({std::max<std::int64_t>(bytes, 1)}, torch::dtype(torch::kUInt8).device(m_device));
    m_call.workspace = m_workspace.data_ptr();
    m_call.workspaceBytes = bytes;
}

void DeviceKernelCall::require(std::int32_t status) const
{
    if (status != 0)
        throw Error(static_cast<ErrorKind>(status), m_api.lastMessage(), m_api.lastHint());
}

Tensor deviceFault(torch::Device device)
{
    return faultOf(device);
}

void throwDeviceFault(torch::Device device, std::int32_t fault)
{
    if (fault == 0)
        return;
    faultOf(device).zero_();
    throw Error(ErrorKind::Usage, apiOf(device).faultText(fault), "this is a bug: report it with the run's settings");
}

void runDropout(const Tensor& input, float probability, std::uint64_t seed, Tensor& output)
{
    const kernels::ElementsOp op = elements(input, probability, seed, output);
    if (input.is_cpu())
        kernels::dropout(op.count, op.input, probability, seed, op.output);
    else
        DeviceKernelCall(input).run(&kernels::DeviceApi::dropout, op);
}

void runGeluDropout(const Tensor& input, float probability, std::uint64_t seed, Tensor& output)
{
    const kernels::ElementsOp op = elements(input, probability, seed, output);
    if (input.is_cpu())
        kernels::geluDropoutForward(op.count, op.input, probability, seed, op.output);
    else
        DeviceKernelCall(input).run(&kernels::DeviceApi::geluDropoutForward, op);
}

void runGeluDropoutBackward(
    const Tensor& input, float probability, std::uint64_t seed, const Tensor& gradOutput, Tensor& gradInput)
{
    kernels::ElementsOp op = elements(input, probability, seed, gradInput);
    op.gradOutput = gradOutput.const_data_ptr<float>();
    if (input.is_cpu())
        kernels::geluDropoutBackward(op.count, op.input, probability, seed, op.gradOutput, op.output);
    else
        DeviceKernelCall(input).run(&kernels::DeviceApi::geluDropoutBackward, op);
}

void runGather(const Tensor& table, const Tensor& indices, Tensor& out)
{
    const kernels::LookUpOp op{out.size(0), out.size(1), table.size(0), table.const_data_ptr<float>(),
        indices.const_data_ptr<std::int32_t>(), out.data_ptr<float>()};
    if (table.is_cpu())
        kernels::embeddingGather(op.rows, op.width, op.tableRows, op.from, op.indices, op.to);
    else
        DeviceKernelCall(table).run(&kernels::DeviceApi::embeddingGather, op);
}

void runScatterAdd(const Tensor& rows, const Tensor& indices, Tensor& grad)
{
    const kernels::LookUpOp op{rows.size(0), rows.size(1), grad.size(0), rows.const_data_ptr<float>(),
        indices.const_data_ptr<std::int32_t>(), grad.data_ptr<float>()};
    if (rows.is_cpu())
        kernels::embeddingScatterAdd(op.rows, op.width, op.tableRows, op.from, op.indices, op.to);
    else
        DeviceKernelCall(rows).run(&kernels::DeviceApi::embeddingScatterAdd, op);
}

void runSumOfSquares(const Tensor& values, const Tensor& rows, double* result)
{
    const auto* numbers = values.const_data_ptr<float>();
    if (values.is_cpu()) {
        *result = rows.defined()
            ? kernels::sumOfSquares(
                {rows.const_data_ptr<std::int32_t>(), static_cast<std::size_t>(rows.numel())}, values.size(1), numbers)
            : kernels::sumOfSquares(values.numel(), numbers);
        return;
    }
    kernels::SumOfSquaresOp op;
    op.count = values.numel();
    op.values = numbers;
    op.result = result;
    if (rows.defined()) {
        op.count = rows.numel();
        op.width = values.size(1);
        op.rows = rows.const_data_ptr<std::int32_t>();
    }
    DeviceKernelCall(values).run(&kernels::DeviceApi::sumOfSquares, op);
}

void runAdamW(const Tensor& where, kernels::AdamWStep a, const Tensor& scale)
{
    runStep(where, a, scale, &kernels::adamWStep, &kernels::DeviceApi::adamWStep);
}

void runSparseAdamW(const Tensor& where, kernels::SparseAdamW a, const Tensor& scale)
{
    runStep(where, a, scale, &kernels::sparseAdamW, &kernels::DeviceApi::sparseAdamW);
}

void runRowAdagrad(const Tensor& where, kernels::RowAdagrad a, const Tensor& scale)
{
    runStep(where, a, scale, &kernels::rowAdagrad, &kernels::DeviceApi::rowAdagrad);
}

} // namespace recoscope::nn
