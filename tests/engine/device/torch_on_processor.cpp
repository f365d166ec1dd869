// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/device/torch_on_processor.h"

#include <cstring>

#include <ATen/EmptyTensor.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/set_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>
#include <torch/torch.h>

#include "engine/nn/torch_device.h"
#include "tests/engine/device/guarded_memory.h"
#include "tests/engine/kernels/emulated_device.h"

namespace recoscope::test {

namespace {

const c10::Device cuda(c10::DeviceType::CUDA, 0);

class Memory final : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override
    {
        void* memory = allocateGuarded(bytes);
        return {memory, memory, &releaseGuarded, cuda};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &releaseGuarded; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override
    {
        const DeviceIsRunning running;
        std::memcpy(to, from, bytes);
    }
};

Memory& memory()
{
    static Memory all;
    return all;
}

// One stream, in which everything is done when it is asked for.
class Guard final : public c10::impl::DeviceGuardImplInterface {
public:
    c10::DeviceType type() const override { return c10::DeviceType::CUDA; }
    c10::Device exchangeDevice(c10::Device) const override { return cuda; }
    c10::Device getDevice() const override { return cuda; }
    void setDevice(c10::Device) const override { }
    void uncheckedSetDevice(c10::Device) const noexcept override { }
    c10::Stream getStream(c10::Device) const override { return c10::Stream(c10::Stream::DEFAULT, cuda); }
    c10::Stream exchangeStream(c10::Stream stream) const override { return stream; }
    void* getStreamNativeHandle(const c10::Stream) const override { return nullptr; }
    c10::DeviceIndex deviceCount() const noexcept override { return 1; }
    void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override { }
    void block(void*, const c10::Stream&) const override { }
    bool queryEvent(void*) const override { return true; }
    void destroyEvent(void*, const c10::DeviceIndex) const noexcept override { }
};

class Hooks final : public at::CUDAHooksInterface {
public:
    bool hasCUDA() const override { return true; }
    bool isBuilt() const override { return true; }
    bool isAvailable() const override { return true; }
    bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
    void init() const override { }
    c10::DeviceIndex deviceCount() const override { return 1; }
    c10::DeviceIndex current_device() const override { return 0; }
    c10::DeviceIndex getCurrentDevice() const override { return 0; }
};

// The same numbers as a tensor of the processor.
at::Tensor onProcessor(const at::Tensor& tensor)
{
    if (tensor.is_cpu())
        return tensor;
    const auto options = tensor.options().device(c10::kCPU).requires_grad(false);
    if (tensor.numel() == 0)
        return at::empty(tensor.sizes(), options);
    return at::from_blob(tensor.data_ptr(), tensor.sizes(), tensor.strides(), options);
}

at::Tensor emptyTensor(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
    std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format)
{
    return at::detail::empty_generic(
        sizes, &memory(), c10::DispatchKeySet(c10::DispatchKey::CUDA), type.value_or(at::kFloat), format);
}

at::Tensor emptyStrided(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type,
    std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>)
{
    return at::detail::empty_strided_generic(
        sizes, strides, &memory(), c10::DispatchKeySet(c10::DispatchKey::CUDA), type.value_or(at::kFloat));
}

at::Tensor& copyInto(at::Tensor& self, const at::Tensor& from, bool)
{
    const DeviceIsRunning running;
    onProcessor(self).copy_(onProcessor(from));
    return self;
}

at::Tensor copyFromAndResize(const at::Tensor& from, const at::Tensor& to)
{
    if (from.sizes() != to.sizes()) {
        to.unsafeGetTensorImpl()->set_storage_keep_dtype(at::empty(from.sizes(), to.options()).storage());
        to.unsafeGetTensorImpl()->set_sizes_contiguous(from.sizes());
    }
    const DeviceIsRunning running;
    onProcessor(to).copy_(onProcessor(from));
    return to;
}

void fallback(const c10::OperatorHandle& operation, torch::jit::Stack* stack)
{
    const DeviceIsRunning running;
    at::native::cpu_fallback(operation, stack, true);
}

// The emulated device, which has the memory while it computes.
const kernels::DeviceApi* guardedKernels()
{
    static const kernels::DeviceApi table = [] {
        kernels::DeviceApi guarded = *kernels::emulatedDevice();
#define RECOSCOPE_OPERATION(name, Arguments)                                                                           \
    guarded.name = [](const kernels::Arguments* arguments, const kernels::DeviceCall* call) {                          \
        const DeviceIsRunning running;                                                                                 \
        return kernels::emulatedDevice()->name(arguments, call);                                                       \
    };
        RECOSCOPE_DEVICE_OPERATIONS(RECOSCOPE_OPERATION)
#undef RECOSCOPE_OPERATION
        return guarded;
    }();
    return &table;
}

TORCH_LIBRARY_IMPL(_, CUDA, library)
{
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
}

TORCH_LIBRARY_IMPL(aten, CUDA, library)
{
    library.impl("empty.memory_format", &emptyTensor);
    library.impl("empty_strided", &emptyStrided);
    library.impl("copy_", &copyInto);
    library.impl("_copy_from_and_resize", &copyFromAndResize);
    library.impl("view", &at::native::view);
    library.impl("as_strided", &at::native::as_strided_tensorimpl);
    library.impl("unfold", &at::native::unfold);
    library.impl("_reshape_alias", &at::native::_reshape_alias);
    library.impl("set_.source_Storage_storage_offset", &at::native::set_storage_cpu_);
}

} // namespace

void playCudaOnProcessor()
{
    at::CUDAHooksRegistry()->Register( // under the name that LibTorch asks for
        "CUDAHooks",
        [](at::CUDAHooksArgs) -> std::unique_ptr<at::CUDAHooksInterface> { return std::make_unique<Hooks>(); });
    static Guard guard;
    static const c10::impl::DeviceGuardImplRegistrar registrar(c10::DeviceType::CUDA, &guard);
    c10::SetAllocator(c10::DeviceType::CUDA, &memory());
    nn::useTorchDevice({"cuda", guardedKernels(), "emulated"});
}

} // namespace recoscope::test
