// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/engine/kernels/emulated_wgmma.h"

#include "engine/core/error.h"

#include <algorithm>
#include <cstring>

namespace recoscope::kernels {

namespace {

constexpr std::uint32_t sharedBegins = 1024; // as on a GPU, whose first 1,024 bytes are the system's
constexpr int rowBytes = 128, pieceBytes = 16, patternBytes = 1024; // of the swizzle of 128 bytes
constexpr int side = 64, depth = 16, groupOf = 128, numbersOfThread = 32;

std::uint32_t field(std::uint64_t descriptor, int from, int bits)
{
    return static_cast<std::uint32_t>(descriptor >> from & ((1u << bits) - 1));
}

} // namespace

void wrongKernel(const char* what)
{
    throw Error(ErrorKind::Resource, std::string("a CUDA kernel is wrong: ") + what, "this is a bug in the kernel");
}

cuda::TileMap emulatedTileMap(const cuda::TileSource& source)
{
    const bool aligned
        = reinterpret_cast<std::uintptr_t>(source.data) % 16 == 0 && source.stride * sizeof(Bfloat16) % 16 == 0;
    if (!aligned || source.rows <= 0 || source.width <= 0 || source.boxRows <= 0 || source.boxRows > 256)
        wrongKernel("no driver makes a map of this matrix");
    cuda::TileMap map{};
    static_assert(sizeof(source) <= sizeof(map));
    std::memcpy(&map, &source, sizeof(source));
    return map;
}

std::int64_t EmulatedAsync::Copy::bytes() const
{
    return static_cast<std::int64_t>(from.boxRows) * rowBytes;
}

bool EmulatedAsync::Copy::meets(const char* begin, const char* end) const
{
    return begin < to + bytes() && to < end;
}

std::uint32_t EmulatedAsync::address(const void* p) const
{
    return static_cast<std::uint32_t>(static_cast<const char*>(p) - m_shared) + sharedBegins;
}

EmulatedAsync::Arrival& EmulatedAsync::find(const std::uint64_t* arrival)
{
    const auto found = m_arrivals.find(arrival);
    if (found == m_arrivals.end())
        wrongKernel("an arrival was never started");
    return found->second;
}

void EmulatedAsync::startArrival(std::uint64_t* arrival)
{
    if (address(arrival) % sizeof(*arrival) != 0)
        wrongKernel("an arrival is not aligned");
    if (!m_arrivals.emplace(arrival, Arrival{}).second)
        wrongKernel("an arrival is started again");
}

void EmulatedAsync::expect(std::uint64_t* arrival, int bytes)
{
    Arrival& a = find(arrival);
    if (a.arrived)
        wrongKernel("bytes are expected twice in a phase");
    a.arrived = true;
    a.bytes = bytes;
}

void EmulatedAsync::copyTile(
    const cuda::TileMap& map, std::int64_t column, std::int64_t row, void* to, std::uint64_t* arrival)
{
    Copy copy{arrival, {}, column, row, static_cast<char*>(to)};
    std::memcpy(&copy.from, &map, sizeof(copy.from));
    if (!find(arrival).arrived)
        wrongKernel("a copy is not expected");
    if (address(to) % patternBytes != 0)
        wrongKernel("a copy does not start where the swizzle does");
    char* end = copy.to + copy.bytes();
    for (const Copy& other : m_copies)
        if (other.meets(copy.to, end))
            wrongKernel("two copies on their way meet");
    for (const Product& p : m_products) {
        const Range right = tileOf(p.rightTile, p.rightByRows);
        bool meets = copy.meets(right.begin, right.end);
        if (!p.left) {
            const Range left = tileOf(p.leftTile, false);
            meets = meets || copy.meets(left.begin, left.end);
        }
        if (meets)
            wrongKernel("a copy goes over what is being multiplied");
    }
    std::fill(copy.to, end, static_cast<char>(0xFF));
    m_copies.push_back(copy);
}

// A phase that is over, or one two before it, does not wait: what was not copied then is found by the products.
void EmulatedAsync::await(std::uint64_t* arrival, int parity)
{
    Arrival& a = find(arrival);
    if (a.phase % 2 != parity)
        return;
    std::int64_t bytes = 0;
    std::erase_if(m_copies, [&](const Copy& copy) {
        if (copy.arrival != arrival)
            return false;
        bytes += copy.bytes();
        for (int r = 0; r < copy.from.boxRows; ++r)
            for (int c = 0; c < side; ++c) {
                const std::int64_t row = copy.row + r, column = copy.column + c;
                const bool inside = row >= 0 && row < copy.from.rows && column >= 0 && column < copy.from.width;
                const Bfloat16 number = inside ? copy.from.data[row * copy.from.stride + column] : Bfloat16{0};
                const int piece = c / 8 ^ r % 8;
                std::memcpy(copy.to + r * rowBytes + piece * pieceBytes + c % 8 * 2, &number, sizeof(number));
            }
        return true;
    });
    if (!a.arrived || bytes != a.bytes)
        wrongKernel("what is awaited never arrives, or more than was expected");
    a = {false, 0, a.phase + 1};
}

EmulatedAsync::Range EmulatedAsync::tileOf(std::uint64_t descriptor, bool byRows) const
{
    const std::uint32_t start = field(descriptor, 0, 14) * 16 - sharedBegins, stride = field(descriptor, 32, 14) * 16;
    char* begin = m_shared + start / patternBytes * patternBytes;
    return {begin, begin + (byRows ? depth : side) / 8 * stride};
}

// Rows of the operand are its 64 rows or columns of the product, `depth` numbers each.
EmulatedAsync::Operand EmulatedAsync::readTile(std::uint64_t descriptor, bool byRows) const
{
    if (field(descriptor, 62, 2) != 1 || field(descriptor, 49, 3) != 0)
        wrongKernel("a descriptor has another swizzle or a base offset");
    const std::uint32_t start = field(descriptor, 0, 14) * 16, stride = field(descriptor, 32, 14) * 16;
    Operand result{};
    for (int row = 0; row < side; ++row)
        for (int k = 0; k < depth; ++k) {
            const int line = byRows ? k : row, column = byRows ? row : k; // 128 bytes a line
            const std::uint32_t at = start + line / 8 * stride + line % 8 * rowBytes + column * 2;
            const std::uint32_t piece = at / pieceBytes % 8 ^ at / rowBytes % 8;
            const std::uint32_t place = at / rowBytes * rowBytes + piece * pieceBytes + at % pieceBytes;
            Bfloat16 number;
            std::memcpy(&number, m_shared + place - sharedBegins, sizeof(number));
            result.numbers[row][k] = toFloat(number);
        }
    return result;
}

void EmulatedAsync::requireThere(const Range& range) const
{
    for (const Copy& copy : m_copies)
        if (copy.meets(range.begin, range.end))
            wrongKernel("what is multiplied has not arrived");
}

void EmulatedAsync::issue(const Product& product)
{
    if (!product.sumState->fenced || (product.leftState && !product.leftState->fenced))
        wrongKernel("registers are multiplied without a fence");
    requireThere(tileOf(product.rightTile, product.rightByRows));
    if (!product.left)
        requireThere(tileOf(product.leftTile, false));
    ++product.sumState->products;
    if (product.leftState)
        ++product.leftState->products;
    m_products.push_back(product);
}

void EmulatedAsync::commit(int group)
{
    for (Product& p : m_products)
        p.committed = p.committed || p.group == group;
}

void EmulatedAsync::settleGroup(int group)
{
    std::erase_if(m_products, [&](const Product& p) {
        if (p.group != group || !p.committed)
            return false;
        carryOut(p);
        --p.sumState->products;
        if (p.leftState)
            --p.leftState->products;
        return true;
    });
}

void EmulatedAsync::carryOut(const Product& p) const
{
    Operand left{};
    if (!p.left)
        left = readTile(p.leftTile, false);
    for (int t = 0; p.left && t < groupOf; ++t)
        for (int i = 0; i < 8; ++i) { // a0 to a7 of the thread
            const std::uint32_t word = p.left[t * numbersOfThread / 2 + 4 * p.step + i / 2];
            const int row = t / 32 * 16 + t % 32 / 4 + (i % 4 < 2 ? 0 : 8),
                      column = t % 4 * 2 + i % 2 + (i < 4 ? 0 : 8);
            left.numbers[row][column] = toFloat({static_cast<std::uint16_t>(i % 2 ? word >> 16 : word)});
        }
    const Operand right = readTile(p.rightTile, p.rightByRows);
    for (int t = 0; t < groupOf; ++t)
        for (int i = 0; i < numbersOfThread; ++i) { // d0 to d31
            const int row = t / 32 * 16 + t % 32 / 4 + (i % 4 < 2 ? 0 : 8), column = i / 4 * 8 + t % 4 * 2 + i % 2;
            float sum = 0.0f;
            for (int k = 0; k < depth; ++k)
                sum += left.numbers[row][k] * right.numbers[column][k];
            float& to = p.sums[t * numbersOfThread + i];
            to = p.add ? to + sum : sum;
        }
}

void EmulatedAsync::finish() const
{
    if (!m_copies.empty() || !m_products.empty())
        wrongKernel("a block ends before its copies and products");
}

} // namespace recoscope::kernels
