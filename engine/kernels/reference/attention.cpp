// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/dropout.h"
#include "engine/kernels/reference/reference.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace recoscope::kernels::reference {

namespace {

template <class A, class B> double dot(const A* a, const B* b, std::int64_t n)
{
    double sum = 0.0;
    for (std::int64_t i = 0; i < n; ++i)
        sum += static_cast<double>(a[i]) * b[i];
    return sum;
}

// A head's row in place, forward (direction 1) or back (-1).
void turn(const RotaryTables& tables, std::int64_t position, double direction, std::int64_t headDim, double* x)
{
    const std::int64_t half = headDim / 2;
    for (std::int64_t i = 0; i < half; ++i) {
        const double cosine = tables.cosine[position * half + i], sine = direction * tables.sine[position * half + i];
        const double first = x[i], second = x[half + i];
        x[i] = first * cosine - second * sine;
        x[half + i] = second * cosine + first * sine;
    }
}

// One sequence and one head.
struct Slice {
    const SoftmaxAttentionForward& a;
    std::int64_t head, start, length;
    DropoutRule rule;
    std::vector<double> queries, keys; // [length, headDim], turned where there are tables

    Slice(const SoftmaxAttentionForward& from, std::int64_t sequence, std::int64_t h)
        : a(from)
        , head(h)
        , start(from.offsets[sequence])
        , length(from.offsets[sequence + 1] - start)
        , rule(dropoutRule(from.dropout))
        , queries(turned(from.query))
        , keys(turned(from.key))
    {
    }

    std::vector<double> turned(const float* base) const
    {
        std::vector<double> rows;
        for (std::int64_t i = 0; i < length; ++i) {
            rows.insert(rows.end(), base + in(i), base + in(i) + a.headDim);
            turnRow(i, 1.0, rows.data() + i * a.headDim);
        }
        return rows;
    }
    void turnRow(std::int64_t row, double direction, double* x) const
    {
        if (a.rotary.cosine)
            turn(a.rotary, a.rotary.rows.empty() ? row : a.rotary.rows[start + row], direction, a.headDim, x);
    }
    const double* query(std::int64_t row) const { return queries.data() + row * a.headDim; }
    const double* key(std::int64_t row) const { return keys.data() + row * a.headDim; }

    std::int64_t in(std::int64_t row) const { return (start + row) * a.rowStride + head * a.headDim; }
    std::int64_t out(std::int64_t row) const { return ((start + row) * a.heads + head) * a.headDim; }
    double keep(std::int64_t row, std::int64_t column) const
    {
        return attentionDropoutFactor(a.seed, rule, start, head, row, column);
    }
    std::int64_t columns(std::int64_t row) const { return a.causal ? row + 1 : length; }
    bool asks(std::int64_t row, std::int64_t sequence) const
    {
        return a.firstQueries.empty() || row >= a.firstQueries[sequence];
    }
    // Probabilities of one row over the columns that it sees; returns the log of the sum of exponentials.
    double probabilities(std::int64_t row, std::vector<double>& p) const
    {
        p.resize(columns(row));
        for (std::int64_t j = 0; j < columns(row); ++j)
            p[j] = a.scale * dot(query(row), key(j), a.headDim);
        const double top = *std::max_element(p.begin(), p.end());
        double sum = 0.0;
        for (double& v : p)
            sum += v = std::exp(v - top);
        for (double& v : p)
            v /= sum;
        return top + std::log(sum);
    }
};

// A row's attention to the kept rows `seen`, one head.
template <class Arguments> void attendTo(const Arguments& a, std::int64_t r, const std::vector<std::int64_t>& seen)
{
    std::vector<double> weights(seen.size()), out(a.headDim);
    double most = -std::numeric_limits<double>::infinity(), sum = 0.0;
    for (std::size_t t = 0; t < seen.size(); ++t) {
        for (std::int64_t i = 0; i < a.headDim; ++i)
            weights[t] += static_cast<double>(a.query[r * a.queryStride + i]) * a.keys[seen[t] * a.headDim + i];
        most = std::max(most, weights[t]);
    }
    for (double& weight : weights)
        sum += weight = std::exp((weight - most) * a.scale);
    for (std::size_t t = 0; t < seen.size(); ++t)
        for (std::int64_t i = 0; i < a.headDim; ++i)
            out[i] += weights[t] / sum * a.values[seen[t] * a.headDim + i];
    for (std::int64_t i = 0; i < a.headDim; ++i)
        a.output[r * a.outputStride + i] = static_cast<float>(out[i]);
}

} // namespace

void attentionForward(const SoftmaxAttentionForward& a, std::int64_t begin, std::int64_t end)
{
    std::vector<double> p, sum(a.headDim);
    for (std::int64_t pair = begin; pair < end; ++pair) {
        const Slice s(a, pair / a.heads, pair % a.heads);
        for (std::int64_t row = 0; row < s.length; ++row) {
            const bool asks = s.asks(row, pair / a.heads);
            a.logSumExp[(s.start + row) * a.heads + s.head] = asks ? static_cast<float>(s.probabilities(row, p)) : 0.0f;
            std::fill(sum.begin(), sum.end(), 0.0);
            for (std::int64_t j = 0; asks && j < s.columns(row); ++j) {
                const double weight = p[j] * s.keep(row, j);
                for (std::int64_t d = 0; d < a.headDim; ++d)
                    sum[d] += weight * a.value[s.in(j) + d];
            }
            std::copy(sum.begin(), sum.end(), a.output + s.out(row));
        }
    }
}

void attentionBackward(const SoftmaxAttentionBackward& b, std::int64_t begin, std::int64_t end)
{
    const SoftmaxAttentionForward& a = b.forward;
    const std::int64_t n = a.headDim;
    std::vector<double> p, gradP;
    for (std::int64_t pair = begin; pair < end; ++pair) {
        const Slice s(a, pair / a.heads, pair % a.heads);
        std::vector<double> gradK(s.length * n, 0.0), gradV(s.length * n, 0.0), gradQ(n);
        const auto target = [&](std::int64_t row) { return (s.start + row) * b.gradStride + s.head * n; };
        for (std::int64_t row = 0; row < s.length; ++row) {
            if (!s.asks(row, pair / a.heads)) {
                std::fill_n(b.gradQuery + target(row), n, 0.0f);
                continue;
            }
            s.probabilities(row, p);
            gradP.assign(s.columns(row), 0.0);
            const float* gradO = b.gradOutput + s.out(row);
            double mean = 0.0;
            for (std::int64_t j = 0; j < s.columns(row); ++j) {
                const double keep = s.keep(row, j);
                gradP[j] = keep * dot(gradO, a.value + s.in(j), n);
                mean += p[j] * gradP[j];
                for (std::int64_t d = 0; d < n; ++d)
                    gradV[j * n + d] += p[j] * keep * gradO[d];
            }
            std::fill(gradQ.begin(), gradQ.end(), 0.0);
            for (std::int64_t j = 0; j < s.columns(row); ++j) {
                const double gradS = p[j] * (gradP[j] - mean) * a.scale;
                for (std::int64_t d = 0; d < n; ++d) {
                    gradQ[d] += gradS * s.key(j)[d];
                    gradK[j * n + d] += gradS * s.query(row)[d];
                }
            }
            s.turnRow(row, -1.0, gradQ.data());
            std::copy(gradQ.begin(), gradQ.end(), b.gradQuery + target(row));
        }
        for (std::int64_t row = 0; row < s.length; ++row) {
            s.turnRow(row, -1.0, gradK.data() + row * n);
            std::copy_n(gradK.begin() + row * n, n, b.gradKey + target(row));
            std::copy_n(gradV.begin() + row * n, n, b.gradValue + target(row));
        }
    }
}

void attentionProbabilities(
    const SoftmaxAttentionForward& a, std::int64_t sequence, std::int64_t head, float* probabilities)
{
    const Slice s(a, sequence, head);
    std::vector<double> p;
    for (std::int64_t row = 0; row < s.length; ++row) {
        s.probabilities(row, p);
        float* out = probabilities + row * s.length;
        std::fill(std::copy(p.begin(), p.end(), out), out + s.length, 0.0f);
    }
}

void rotateRows(const RotateRows& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t r = begin; r < end; ++r)
        for (std::int64_t h = 0; h < a.heads; ++h) {
            const float* from = a.input + r * a.inputStride + h * a.headDim;
            std::vector<double> x(from, from + a.headDim);
            turn(a.rotary, a.rotary.rows.empty() ? r : a.rotary.rows[r], 1.0, a.headDim, x.data());
            std::copy(x.begin(), x.end(), a.output + r * a.outputStride + h * a.headDim);
        }
}

void cachedAttention(const CachedAttention& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t r = begin; r < end; ++r) {
        std::vector<std::int64_t> seen(static_cast<std::size_t>(a.events - a.rows + r + 1));
        std::iota(seen.begin(), seen.end(), 0);
        attendTo(a, r, seen);
    }
}

void pagedAttention(const PagedAttention& a, std::int64_t begin, std::int64_t end)
{
    for (std::int64_t r = begin; r < end; ++r) {
        std::vector<std::int64_t> seen;
        for (std::int64_t p = a.offsets[r]; p < a.offsets[r + 1]; ++p)
            for (std::int64_t t = 0; t < a.pages[p].count; ++t)
                seen.push_back(a.pages[p].first + t);
        attendTo(a, r, seen);
    }
}

} // namespace recoscope::kernels::reference
