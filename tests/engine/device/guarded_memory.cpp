// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/device/guarded_memory.h"

#include <algorithm>
#include <array>
#include <bit>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <execinfo.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/core/error.h"

namespace recoscope::test {

namespace {

constexpr std::size_t reserved = std::size_t{16} << 30; // of the address space; memory only where it is written
constexpr std::size_t page = std::size_t{2} << 20; // large ones: the fewer, the sooner all are closed and opened

std::byte* arena = nullptr; // for the handler, which may call next to nothing

void explain(int, siginfo_t* info, void*)
{
    constexpr std::string_view text = "\nthe host follows a pointer to numbers of the device:\n";
    const auto* at = static_cast<const std::byte*>(info->si_addr);
    if (at >= arena && at < arena + reserved) {
        [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
        std::array<void*, 32> calls;
        backtrace_symbols_fd(calls.data(), backtrace(calls.data(), static_cast<int>(calls.size())), STDERR_FILENO);
    }
    std::signal(SIGSEGV, SIG_DFL); // returning repeats what failed
}

// Blocks of powers of two, used again once they are free; what is known of them lies outside.
class Arena {
public:
    Arena()
    {
        void* memory = mmap(nullptr, reserved + page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
            throw Error(ErrorKind::Resource, "no address space for the played device", "raise the limit of the shell");
        std::size_t space = reserved + page;
        arena = static_cast<std::byte*>(std::align(page, reserved, memory, space));
        madvise(arena, reserved, MADV_HUGEPAGE); // without them it takes longer
        std::array<void*, 1> loaded; // backtrace() loads a library when it is first called
        backtrace(loaded.data(), 1);
        struct sigaction action = {};
        action.sa_sigaction = &explain;
        action.sa_flags = SA_SIGINFO;
        sigaction(SIGSEGV, &action, nullptr);
    }

    void* take(std::size_t bytes)
    {
        constexpr std::size_t least = 256;
        const std::size_t size = std::bit_ceil(std::max(bytes, least));
        const std::lock_guard lock(m_mutex);
        std::vector<void*>& free = m_free[size];
        void* memory = free.empty() ? next(size) : free.back();
        if (!free.empty())
            free.pop_back();
        m_sizes[memory] = size;
        return memory;
    }

    void giveBack(void* memory)
    {
        const std::lock_guard lock(m_mutex);
        const auto found = m_sizes.find(memory);
        m_free[found->second].push_back(memory);
        m_sizes.erase(found);
    }

    void open()
    {
        const std::lock_guard lock(m_mutex);
        if (m_open++ == 0)
            protect(PROT_READ | PROT_WRITE);
    }
    void close()
    {
        const std::lock_guard lock(m_mutex);
        if (--m_open == 0)
            protect(PROT_NONE);
    }

private:
    void* next(std::size_t size)
    {
        if (m_used + size > reserved)
            throw Error(ErrorKind::Resource, "the played device is full", "make the test smaller");
        void* memory = arena + m_used;
        m_used += size;
        if (m_open > 0)
            protect(PROT_READ | PROT_WRITE);
        return memory;
    }
    void protect(int access) { mprotect(arena, (m_used + page - 1) / page * page, access); }

    std::mutex m_mutex;
    std::size_t m_used = 0;
    int m_open = 0;
    std::map<std::size_t, std::vector<void*>> m_free; // by size
    std::map<void*, std::size_t> m_sizes;
};

Arena& memoryOfDevice()
{
    static auto* all = new Arena; // tensors may outlive every static object
    return *all;
}

} // namespace

void* allocateGuarded(std::size_t bytes)
{
    constexpr int unwritten = 0xff; // NaN
    if (bytes == 0)
        return nullptr;
    void* memory = memoryOfDevice().take(bytes);
    const DeviceIsRunning writes;
    std::memset(memory, unwritten, bytes);
    return memory;
}

void releaseGuarded(void* memory)
{
    if (memory)
        memoryOfDevice().giveBack(memory);
}

DeviceIsRunning::DeviceIsRunning()
{
    memoryOfDevice().open();
}

DeviceIsRunning::~DeviceIsRunning()
{
    memoryOfDevice().close();
}

} // namespace recoscope::test
