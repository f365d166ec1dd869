// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include <sys/mman.h>

#include "engine/core/file.h"
#include "engine/core/peak_memory.h"

namespace recoscope {
namespace {

constexpr std::size_t megabyte = 1 << 20;

// Takes memory from the system, writes to it and gives it back.
void useMegabytes(std::size_t count)
{
    void* block = ::mmap(nullptr, count * megabyte, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(block, MAP_FAILED);
    std::memset(block, 1, count * megabyte);
    ::munmap(block, count * megabyte);
}

class PeakMemoryMark : public testing::Test {
protected:
    void SetUp() override
    {
        if (!(std::ofstream("/proc/self/clear_refs") << "5").flush())
            GTEST_SKIP() << "the system's mark cannot be set back here";
    }
    static double risen(const PeakMemory& peak, std::uint64_t before)
    {
        return (static_cast<double>(peak.bytes()) - static_cast<double>(before)) / megabyte;
    }
};

TEST_F(PeakMemoryMark, IsOfItsOwnTimeAlone)
{
#if defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the sanitizer keeps four bytes beside each of ours";
#endif
    const std::uint64_t before = currentMemoryBytes();
    const PeakMemory outer;
    useMegabytes(96);
    EXPECT_NEAR(risen(outer, before), 96.0, 8.0);
    {
        const PeakMemory inner;
        useMegabytes(32);
        EXPECT_NEAR(risen(inner, before), 32.0, 8.0) << "what was given back before does not count";
        EXPECT_NEAR(risen(outer, before), 96.0, 8.0) << "kept, though the system's mark was set back";
    }
    useMegabytes(160);
    EXPECT_NEAR(risen(outer, before), 160.0, 8.0);
}

TEST_F(PeakMemoryMark, DoesNotLowerThatOfTheProcess)
{
    const std::uint64_t before = currentMemoryBytes();
    useMegabytes(64);
    const PeakMemory peak;
    EXPECT_GE(peakMemoryBytes(), before + 56 * megabyte);
    EXPECT_LT(peak.bytes(), before + 32 * megabyte);
}

TEST(ReturnFreedMemory, GivesBackWhatIsHeldByNobody)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
    GTEST_SKIP() << "another allocator";
#endif
    std::vector<std::unique_ptr<char[]>> blocks;
    for (int i = 0; i < 4096; ++i) { // 64 MB in pieces that no allocator maps one by one
        blocks.push_back(std::make_unique<char[]>(16384));
        std::memset(blocks.back().get(), 1, 16384);
    }
    const std::uint64_t used = currentMemoryBytes();
    auto last = std::move(blocks.back()); // holds the end of the heap
    blocks.clear();
    returnFreedMemory();
    EXPECT_LT(currentMemoryBytes() + 48 * megabyte, used);
}

} // namespace
} // namespace recoscope
