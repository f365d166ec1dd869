// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/device/torch_on_processor.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <set>

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

void* newMemory(std::size_t bytes)
{
    constexpr std::size_t alignment = 256;
    constexpr int unwritten = 0xff; // NaN
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    std::memset(memory, unwritten, bytes);
    return memory;
}

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

// As page-locked memory, which alone is copied from and to without waiting.
class PinnedMemory final : public c10::Allocator {
public:
    c10::DataPtr allocate(std::size_t bytes) override
    {
        if (bytes == 0)
            return {nullptr, c10::kCPU};
        void* data = newMemory(bytes);
        const std::lock_guard lock(m_mutex);
        m_blocks[static_cast<const char*>(data)] = bytes;
        return {data, data, &release, c10::kCPU};
    }
    c10::DeleterFnPtr raw_deleter() const override { return &release; }
    void copy_data(void* to, const void* from, std::size_t bytes) const override { std::memcpy(to, from, bytes); }
    bool has(const void* data)
    {
        const std::lock_guard lock(m_mutex);
        const auto after = m_blocks.upper_bound(static_cast<const char*>(data));
        if (after == m_blocks.begin())
            return false;
        const auto& [begin, bytes] = *std::prev(after);
        return static_cast<const char*>(data) < begin + bytes;
    }

private:
    static void release(void* data);

    std::mutex m_mutex;
    std::map<const char*, std::size_t> m_blocks;
};

PinnedMemory& pinnedMemory()
{
    static auto* all = new PinnedMemory; // tensors may outlive every static object
    return *all;
}

void PinnedMemory::release(void* data)
{
    PinnedMemory& all = pinnedMemory();
    const std::lock_guard lock(all.m_mutex);
    all.m_blocks.erase(static_cast<const char*>(data));
    std::free(data);
}

// What is copied to the processor without waiting, in order: it comes when somebody waits for it.
class Arrivals {
public:
    void add(at::Tensor to, at::Tensor from)
    {
        const std::lock_guard lock(m_mutex);
        m_copies.push_back({std::move(to), std::move(from)});
    }
    std::int64_t added()
    {
        const std::lock_guard lock(m_mutex);
        return m_come + static_cast<std::int64_t>(m_copies.size());
    }
    void waitFor(std::int64_t count)
    {
        const std::lock_guard lock(m_mutex);
        for (; m_come < count; ++m_come) {
            m_copies.front().first.copy_(m_copies.front().second);
            m_copies.pop_front();
        }
    }

private:
    std::mutex m_mutex;
    std::deque<std::pair<at::Tensor, at::Tensor>> m_copies;
    std::int64_t m_come = 0;
};

Arrivals& arrivals()
{
    static auto* all = new Arrivals; // whose tensors would outlive the memory that they lie in
    return *all;
}

std::atomic<std::int64_t> waits = 0, bytesSent = 0;

void waitForAll()
{
    ++waits;
    arrivals().waitFor(arrivals().added());
}

// One stream, in which everything but copies to the processor is done when it is asked for.
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
    // An event is the number of copies before it.
    void record(void** event, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override
    {
        if (!*event)
            *event = new std::int64_t;
        *static_cast<std::int64_t*>(*event) = arrivals().added();
    }
    void block(void*, const c10::Stream&) const override { }
    bool queryEvent(void*) const override { return true; }
    void synchronizeEvent(void* event) const override { arrivals().waitFor(*static_cast<std::int64_t*>(event)); }
    void destroyEvent(void* event, const c10::DeviceIndex) const noexcept override
    {
        delete static_cast<std::int64_t*>(event);
    }
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
    bool isPinnedPtr(const void* data) const override { return pinnedMemory().has(data); }
    c10::Allocator* getPinnedMemoryAllocator() const override { return &pinnedMemory(); }
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

thread_local bool inFallback = false; // whose own copies a GPU does not make

// A copy between the device and memory that is not page-locked waits, whatever was asked for.
at::Tensor& copyInto(at::Tensor& self, const at::Tensor& from, bool withoutWaiting)
{
    const DeviceIsRunning running;
    const bool crosses = self.is_cpu() != from.is_cpu() && !inFallback;
    const at::Tensor& host = self.is_cpu() ? self : from;
    if (crosses && from.is_cpu())
        bytesSent += static_cast<std::int64_t>(from.nbytes());
    if (crosses && !(withoutWaiting && host.is_pinned()))
        waitForAll();
    else if (crosses && self.is_cpu()) {
        arrivals().add(self, onProcessor(from).clone());
        return self;
    }
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

// Operations that bring numbers to the host, or whose result has a size that only the device knows.
bool waitsByNature(const std::string& operation)
{
    static const std::set<std::string> all = {"aten::_local_scalar_dense", "aten::equal", "aten::nonzero",
        "aten::masked_select", "aten::repeat_interleave", "aten::_unique2", "aten::unique_dim",
        "aten::unique_consecutive", "aten::bincount"};
    return all.contains(operation);
}

void fallback(const c10::OperatorHandle& operation, torch::jit::Stack* stack)
{
    const DeviceIsRunning running;
    if (waitsByNature(operation.schema().name()))
        waitForAll();
    const bool outer = std::exchange(inFallback, true);
    try {
        at::native::cpu_fallback(operation, stack, true);
    } catch (...) {
        inFallback = outer;
        throw;
    }
    inFallback = outer;
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

std::int64_t waitsForPlayedCuda()
{
    return waits;
}

std::int64_t bytesSentToPlayedCuda()
{
    return bytesSent;
}

} // namespace recoscope::test
