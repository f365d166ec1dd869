// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/reference/reference.h"
#include "engine/kernels/time_buckets.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace recoscope::kernels::reference {

namespace {

// One sequence and one head.
struct HstuSlice {
    const HstuAttentionForward& a;
    std::int64_t head, start, length;

    HstuSlice(const HstuAttentionForward& from, std::int64_t sequence, std::int64_t h)
        : a(from)
        , head(h)
        , start(from.offsets[sequence])
        , length(from.offsets[sequence + 1] - start)
    {
    }

    const float* query(std::int64_t i) const { return a.query + (start + i) * a.rowStride + head * a.queryDim; }
    const float* key(std::int64_t j) const { return a.key + (start + j) * a.rowStride + head * a.queryDim; }
    const float* value(std::int64_t j) const { return a.value + (start + j) * a.rowStride + head * a.valueDim; }
    std::int64_t out(std::int64_t i) const { return ((start + i) * a.heads + head) * a.valueDim; }
    bool asks(std::int64_t i, std::int64_t sequence) const
    {
        return a.firstQueries.empty() || i >= a.firstQueries[sequence];
    }
    double inverse(std::int64_t i) const
    {
        return 1.0 / (a.normaliser > 0.0f ? static_cast<double>(a.normaliser) : static_cast<double>(i + 1));
    }
    std::int64_t bucket(std::int64_t i, std::int64_t j) const
    {
        const float difference = timeDifference(a.queryTimes[start + i], a.keyTimes[start + j]);
        return std::min(static_cast<std::int64_t>(publishedTimeBucket(difference)), a.timeBuckets);
    }
    double score(std::int64_t i, std::int64_t j) const
    {
        double sum = 0.0;
        for (std::int64_t d = 0; d < a.queryDim; ++d)
            sum += static_cast<double>(query(i)[d]) * key(j)[d];
        sum *= a.scale;
        if (a.positionBias)
            sum += a.positionBias[i - j];
        if (a.timeBias)
            sum += a.timeBias[bucket(i, j)];
        return sum;
    }
};

double sigmoid(double x)
{
    return 1.0 / (1.0 + std::exp(-x));
}

} // namespace

void hstuForward(const HstuAttentionForward& a, std::int64_t begin, std::int64_t end)
{
    std::vector<double> sum(a.valueDim);
    for (std::int64_t pair = begin * a.heads; pair < end * a.heads; ++pair) {
        const HstuSlice s(a, pair / a.heads, pair % a.heads);
        for (std::int64_t i = 0; i < s.length; ++i) {
            std::fill(sum.begin(), sum.end(), 0.0);
            for (std::int64_t j = 0; s.asks(i, pair / a.heads) && j <= i; ++j) {
                const double x = s.score(i, j), weight = x * sigmoid(x) * s.inverse(i);
                for (std::int64_t d = 0; d < a.valueDim; ++d)
                    sum[d] += weight * s.value(j)[d];
            }
            std::copy(sum.begin(), sum.end(), a.output + s.out(i));
        }
    }
}

void hstuBackward(
    const HstuAttentionBackward& b, std::int64_t begin, std::int64_t end, double* gradPosition, double* gradTime)
{
    const HstuAttentionForward& a = b.forward;
    const std::int64_t n = a.queryDim, m = a.valueDim;
    for (std::int64_t pair = begin * a.heads; pair < end * a.heads; ++pair) {
        const HstuSlice s(a, pair / a.heads, pair % a.heads);
        std::vector<double> gradQ(s.length * n, 0.0), gradK(s.length * n, 0.0), gradV(s.length * m, 0.0);
        for (std::int64_t i = 0; i < s.length; ++i) {
            const float* gradO = b.gradOutput + s.out(i);
            for (std::int64_t j = 0; s.asks(i, pair / a.heads) && j <= i; ++j) {
                const double x = s.score(i, j), sigma = sigmoid(x);
                double gradA = 0.0;
                for (std::int64_t d = 0; d < m; ++d) {
                    gradA += static_cast<double>(gradO[d]) * s.value(j)[d];
                    gradV[j * m + d] += x * sigma * s.inverse(i) * gradO[d];
                }
                const double gradX = gradA * s.inverse(i) * sigma * (1.0 + x * (1.0 - sigma));
                if (a.positionBias)
                    gradPosition[i - j] += gradX;
                if (a.timeBias)
                    gradTime[s.bucket(i, j)] += gradX;
                for (std::int64_t d = 0; d < n; ++d) {
                    gradQ[i * n + d] += gradX * a.scale * s.key(j)[d];
                    gradK[j * n + d] += gradX * a.scale * s.query(i)[d];
                }
            }
        }
        for (std::int64_t i = 0; i < s.length; ++i) {
            const std::int64_t row = (s.start + i) * b.gradStride;
            std::copy_n(gradQ.begin() + i * n, n, b.gradQuery + row + s.head * n);
            std::copy_n(gradK.begin() + i * n, n, b.gradKey + row + s.head * n);
            std::copy_n(gradV.begin() + i * m, m, b.gradValue + row + s.head * m);
        }
    }
}

void hstuWeights(const HstuAttentionForward& a, std::int64_t sequence, std::int64_t head, float* weights)
{
    const HstuSlice s(a, sequence, head);
    for (std::int64_t i = 0; i < s.length; ++i)
        for (std::int64_t j = 0; j < s.length; ++j) {
            const double x = j <= i ? s.score(i, j) : 0.0;
            weights[i * s.length + j] = static_cast<float>(x * sigmoid(x) * s.inverse(i));
        }
}

} // namespace recoscope::kernels::reference
