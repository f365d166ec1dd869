// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "tests/benchmarks/interleaved.h"

#include "engine/core/random.h"
#include "engine/kernels/ops.h"
#include "tests/benchmarks/baseline_threads.h"

#include <algorithm>
#include <ctime>

namespace recoscope {

namespace {

double processSeconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

double secondsOf(const std::function<void()>& function, int calls)
{
    const double before = processSeconds();
    for (int i = 0; i < calls; ++i)
        function();
    return (processSeconds() - before) / calls;
}

double percentile(std::vector<double> values, double share)
{
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

// Ours and the baseline on one thread, and back again.
class OneThread {
public:
    OneThread()
        : m_ours(kernels::threads())
        , m_baseline(baselineThreads())
    {
        kernels::setThreads(1);
        setBaselineThreads(1);
    }
    ~OneThread()
    {
        kernels::setThreads(m_ours);
        setBaselineThreads(m_baseline);
    }

private:
    int m_ours, m_baseline;
};

} // namespace

std::vector<float> benchmarkValues(std::int64_t count, std::uint64_t seed)
{
    RandomStream random(seed, "benchmark");
    std::vector<float> values(count);
    for (float& v : values)
        v = static_cast<float>(2.0 * random.uniform() - 1.0);
    return values;
}

BenchmarkRow timeInterleaved(std::string name, std::string shape, const std::string& unit, int repeats,
    const std::function<void()>& ours, const std::function<void()>& baseline, const std::string& note, int calls)
{
    const OneThread settings;
    const double scale = unit == "us" ? 1e6 : unit == "ms" ? 1e3 : 1.0;
    ours();
    baseline();
    std::vector<double> a, b;
    for (int i = 0; i < repeats; ++i) {
        a.push_back(scale * secondsOf(ours, calls));
        b.push_back(scale * secondsOf(baseline, calls));
    }
    BenchmarkRow row;
    row.name = std::move(name);
    row.shape = std::move(shape);
    row.ours = percentile(a, 0.1);
    row.baseline = percentile(b, 0.1);
    row.ratio = row.baseline / row.ours;
    row.unit = unit;
    row.median = percentile(a, 0.5);
    row.baselineMedian = percentile(b, 0.5);
    row.note = note + "; 1 thread, " + kernels::pathName(kernels::activePath()) + ", " + std::to_string(repeats)
        + " times in turn";
    return row;
}

} // namespace recoscope
