// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/benchmarks/machine.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <vector>

#include "engine/kernels/ops.h"

namespace recoscope {

namespace {

constexpr int chains = 12; // enough to hide the latency of a multiply-add on either of two ports
constexpr std::int64_t rounds = 4'000'000;

double machineSeconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

template <int Lanes> struct Wide {
    typedef float F __attribute__((vector_size(Lanes * sizeof(float))));
};

// Operations of all chains. The numbers converge, so that none overflows or becomes subnormal.
template <int Lanes> [[gnu::always_inline]] inline double multiplyAdds(float* out)
{
    typename Wide<Lanes>::F sum[chains], factor, add;
    for (int lane = 0; lane < Lanes; ++lane) {
        factor[lane] = 0.5f;
        add[lane] = 1.0f + static_cast<float>(lane);
    }
    for (int c = 0; c < chains; ++c)
        sum[c] = add * static_cast<float>(c);
    for (std::int64_t i = 0; i < rounds; ++i)
#pragma GCC unroll 12
        for (int c = 0; c < chains; ++c)
            sum[c] = sum[c] * factor + add;
    for (int c = 1; c < chains; ++c)
        sum[0] += sum[c];
    std::memcpy(out, &sum[0], sizeof sum[0]);
    return 2.0 * Lanes * chains * static_cast<double>(rounds);
}

#if defined(__x86_64__)
[[gnu::target("avx512f,fma")]] double multiplyAdds512(float* out)
{
    return multiplyAdds<16>(out);
}
[[gnu::target("avx2,fma")]] double multiplyAdds256(float* out)
{
    return multiplyAdds<8>(out);
}
#endif

double onActivePath(float* out)
{
#if defined(__x86_64__)
    switch (kernels::activePath()) {
    case kernels::Path::Avx512: return multiplyAdds512(out);
    case kernels::Path::Avx2: return multiplyAdds256(out);
    default: break;
    }
#endif
    return multiplyAdds<4>(out);
}

} // namespace

BenchmarkMachine measureMachine()
{
    constexpr std::size_t size = std::size_t(256) << 20;
    constexpr int repeats = 5;
    BenchmarkMachine machine;
    std::vector<char> from(size, 1), to(size, 2);
    float out[16];
    volatile float kept = 0.0f;
    for (int i = 0; i < repeats; ++i) {
        double before = machineSeconds();
        std::memcpy(to.data(), from.data(), size);
        machine.copyBytes = std::max(machine.copyBytes, 2.0 * double(size) / (machineSeconds() - before));
        from[static_cast<std::size_t>(i)] = to[size - 1];
        before = machineSeconds();
        const double operations = onActivePath(out);
        machine.flop = std::max(machine.flop, operations / (machineSeconds() - before));
        kept = kept + out[0];
    }
    return machine;
}

} // namespace recoscope
