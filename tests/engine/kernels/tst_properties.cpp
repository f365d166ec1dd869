// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Properties that hold for every shape: random widths and strides, and batches in which lengths of 0, 1, a power of two
// and its neighbours, and 16,384 stand side by side.
#include "tests/engine/kernels/emulated_device.h"
#include "tests/engine/kernels/hstu_case.h"

#include <algorithm>
#include <numeric>

namespace recoscope::kernels {
namespace {

// Lengths around powers of two, zeros and ones among them, in random order.
std::vector<std::int64_t> edgeLengths(Random& random, std::int64_t longest)
{
    std::vector<std::int64_t> lengths{0, 1, 0};
    for (std::int64_t power = 2; power < longest; power *= 2)
        for (const std::int64_t length : {power - 1, power, power + 1})
            lengths.push_back(length);
    for (std::size_t i = lengths.size() - 1; i > 0; --i)
        std::swap(lengths[i], lengths[static_cast<std::size_t>(random.size(static_cast<std::int64_t>(i) + 1))]);
    return lengths;
}

struct Attention {
    std::vector<std::int64_t> offsets;
    std::int64_t heads, headDim, stride;
    Floats projected, gradOutput;

    Attention(Random& random, const std::vector<std::int64_t>& lengths, std::int64_t h, std::int64_t d)
        : offsets(offsetsOf(lengths))
        , heads(h)
        , headDim(d)
        , stride(3 * h * d + random.size(4))
        , projected(random.normal(offsets.back() * stride))
        , gradOutput(random.normal(offsets.back() * h * d))
    {
    }
    // Of sequences [begin, end).
    SoftmaxAttentionForward arguments(std::span<const std::int64_t> cut, std::int64_t firstRow) const
    {
        SoftmaxAttentionForward a;
        a.offsets = cut;
        a.heads = heads;
        a.headDim = headDim;
        a.rowStride = stride;
        a.scale = 1.0f / std::sqrt(static_cast<float>(headDim));
        a.query = projected.data() + firstRow * stride;
        a.key = a.query + heads * headDim;
        a.value = a.key + heads * headDim;
        return a;
    }
    // Output, then the gradients.
    Floats everything(std::span<const std::int64_t> cut, std::int64_t firstRow) const
    {
        const std::int64_t rows = cut.back();
        Floats output(rows * heads * headDim), logSumExp(rows * heads), gradients(rows * stride);
        SoftmaxAttentionBackward b;
        b.forward = arguments(cut, firstRow);
        b.forward.output = output.data();
        b.forward.logSumExp = logSumExp.data();
        softmaxAttentionForward(b.forward);
        b.gradOutput = gradOutput.data() + firstRow * heads * headDim;
        b.gradQuery = gradients.data();
        b.gradKey = b.gradQuery + heads * headDim;
        b.gradValue = b.gradKey + heads * headDim;
        b.gradStride = stride;
        softmaxAttentionBackward(b);
        append(output, gradients);
        return output;
    }
};

TEST(Properties, SoftmaxAttentionMatchesForEdgeLengthsAndRandomWidths)
{
    Random random(21);
    for (int round = 0; round < 4; ++round) {
        const Attention a(random, edgeLengths(random, 70), 1 + random.size(3), 1 + random.size(40));
        expectPathsAgree([&] { return a.everything(a.offsets, 0); }, 2e-5,
            std::to_string(a.heads) + " heads of " + std::to_string(a.headDim));
    }
}

// What stands beside a sequence in its batch does not touch it.
TEST(Properties, SequencesOfABatchAreThoseAlone)
{
    const Settings settings;
    Random random(22);
    const std::vector<std::int64_t> lengths = edgeLengths(random, 40);
    const Attention a(random, lengths, 2, 19);
    const std::int64_t width = a.heads * a.headDim, rows = a.offsets.back();
    for (const Path path : availablePaths()) {
        forcePath(path);
        const Floats together = a.everything(a.offsets, 0);
        for (std::size_t b = 0; b < lengths.size(); ++b) {
            const std::int64_t first = a.offsets[b], own[]{0, lengths[b]};
            const Floats alone = a.everything(own, first);
            EXPECT_TRUE(std::equal(alone.begin(), alone.begin() + lengths[b] * width, together.begin() + first * width))
                << "output of length " << lengths[b] << " on " << pathName(path);
            EXPECT_TRUE(std::equal(
                alone.begin() + lengths[b] * width, alone.end(), together.begin() + rows * width + first * a.stride))
                << "gradients of length " << lengths[b] << " on " << pathName(path);
        }
    }
}

TEST(Properties, HstuMatchesForEdgeLengthsAndRandomWidths)
{
    Random random(23);
    for (const bool biases : {true, false})
        for (int round = 0; round < 2; ++round) {
            const HstuCase c(100 + round, 1 + random.size(3), 1 + random.size(30), 1 + random.size(30),
                edgeLengths(random, 70), biases);
            expectPathsAgree([&] { return c.forward(); }, 2e-5, "HSTU forward");
            expectPathsAgree([&] { return c.backward(); }, 1e-4, "HSTU backward");
        }
}

TEST(Properties, ScansMatchForEdgeLengthsAndRandomChannels)
{
    Random random(24);
    for (int round = 0; round < 4; ++round) {
        std::vector<std::int64_t> lengths = edgeLengths(random, 300);
        lengths.push_back(16384);
        const std::vector<std::int64_t> offsets = offsetsOf(lengths);
        const std::int64_t channels = 1 + random.size(9), count = offsets.back() * 2 * channels;
        const Floats lambda = random.normal(2 * channels, 0.4), input = random.normal(count);
        const Floats initial = random.normal(static_cast<std::int64_t>(lengths.size()) * 2 * channels);
        expectPathsAgree(
            [&] {
                Floats states(count), gradInput(count), gradLambda(2 * channels);
                lruScanForward({offsets, channels, lambda.data(), input.data(), initial.data(), states.data()});
                lruScanBackward({offsets, channels, lambda.data(), states.data(), input.data(), gradInput.data(),
                    gradLambda.data()});
                append(states, gradInput);
                for (float& g : gradLambda)
                    g /= static_cast<float>(offsets.back());
                append(states, gradLambda);
                return states;
            },
            1e-4, std::to_string(channels) + " channels");
    }
}

// Rows of a long sequence beside short ones, against the sums of their definition.
TEST(Properties, LongSequencesKeepTheirRows)
{
    const Settings settings;
    Random random(25);
    const std::int64_t length = emulationWanted() ? 4096 : 16384, dim = 3; // 2^27 pairs take the emulation too long
    const Attention a(random, {1, length, 0, 2}, 1, dim);
    Floats output(a.offsets.back() * dim), logSumExp(a.offsets.back()), hstuOutput(a.offsets.back() * dim);
    SoftmaxAttentionForward f = a.arguments(a.offsets, 0);
    f.output = output.data();
    f.logSumExp = logSumExp.data();
    HstuAttentionForward h;
    h.offsets = a.offsets;
    h.queryDim = h.valueDim = dim;
    h.rowStride = a.stride;
    h.query = f.query;
    h.key = f.key;
    h.value = f.value;
    h.output = hstuOutput.data();
    for (const Path path : availablePaths()) {
        if (path == Path::Reference)
            continue;
        forcePath(path);
        softmaxAttentionForward(f);
        hstuAttentionForward(h);
        for (const std::int64_t row : {std::int64_t(0), std::int64_t(1), length / 4 - 1, length / 2, length - 1}) {
            std::vector<double> soft(dim), silu(dim);
            double total = 0.0;
            for (std::int64_t j = 0; j <= row; ++j) {
                double product = 0.0;
                for (std::int64_t d = 0; d < dim; ++d)
                    product += static_cast<double>(f.query[(1 + row) * a.stride + d]) * f.key[(1 + j) * a.stride + d];
                const double weight = std::exp(product * f.scale), pointwise = product / (1.0 + std::exp(-product));
                total += weight;
                for (std::int64_t d = 0; d < dim; ++d) {
                    soft[d] += weight * f.value[(1 + j) * a.stride + d];
                    silu[d] += pointwise * f.value[(1 + j) * a.stride + d] / static_cast<double>(row + 1);
                }
            }
            for (std::int64_t d = 0; d < dim; ++d) {
                EXPECT_NEAR(output[(1 + row) * dim + d], soft[d] / total, 1e-4) << pathName(path) << " row " << row;
                EXPECT_NEAR(hstuOutput[(1 + row) * dim + d], silu[d], 1e-4) << pathName(path) << " row " << row;
            }
        }
    }
}

TEST(Properties, CataloguesOfAnySizeGiveTheListsOfASort)
{
    const Settings settings;
    Random random(26);
    for (const std::int64_t items : {1, 2, 7, 8, 9, 63, 64, 65, 2047, 2048, 2049, 16384}) {
        const std::int64_t width = 1 + random.size(70), queries = 1 + random.size(9), k = 1 + random.size(20);
        const Floats query = random.normal(queries * width), table = random.normal(items * width);
        for (const Path path : availablePaths()) {
            forcePath(path);
            std::vector<std::int32_t> ids(queries * k), order(items);
            Floats scores(queries * k), all(items);
            topK({queries, items, width, k, query.data(), table.data(), nullptr, {}, {}, ids.data(), scores.data()});
            for (std::int64_t q = 0; q < queries; ++q) {
                scoreAll(items, width, query.data() + q * width, table.data(), nullptr, all.data());
                std::iota(order.begin(), order.end(), 0);
                std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return all[a] > all[b]; });
                const std::int64_t listed = std::min(k, items);
                EXPECT_TRUE(std::equal(order.begin(), order.begin() + listed, ids.begin() + q * k))
                    << items << " items, width " << width << " on " << pathName(path);
                EXPECT_TRUE(std::all_of(
                    ids.begin() + q * k + listed, ids.begin() + (q + 1) * k, [](auto id) { return id == -1; }));
            }
        }
    }
}

TEST(Properties, RowsOfAnySizeMatch)
{
    Random random(27);
    for (const std::int64_t count : {1, 2, 3, 7, 8, 9, 31, 32, 33, 127, 128, 129, 16384}) {
        const std::int64_t width = 1 + random.size(100), rows = std::max<std::int64_t>(1, count / width);
        const Floats x = random.normal(rows * width), y = random.normal(rows * width), w = random.normal(width);
        expectPathsAgree(
            [&] {
                Floats output(rows * width), normalised(rows * width), sigma(rows), gradient(rows * width),
                    gradWeight(width), gradBias(width), active(rows * width), result;
                layerNormForward({rows, width, 1e-3f, x.data(), y.data(), w.data(), w.data(), 0.2f, 3, output.data(),
                    normalised.data(), sigma.data()});
                layerNormBackward({rows, width, y.data(), normalised.data(), sigma.data(), w.data(), 0.2f, 3,
                    gradient.data(), nullptr, gradWeight.data(), gradBias.data()});
                geluDropoutForward(rows * width, x.data(), 0.3f, 4, active.data());
                for (const Floats* part : {&output, &gradient, &gradWeight, &gradBias, &active})
                    append(result, *part);
                return result;
            },
            2e-4, std::to_string(rows) + " x " + std::to_string(width));
    }
}

TEST(Properties, LossesOverTheCatalogueMatchForEdgeSizes)
{
    Random random(28);
    for (const std::int64_t rows : {1, 31, 32, 33, 129})
        for (const std::int64_t items : {1, 255, 256, 257}) {
            const std::int64_t width = 1 + random.size(40);
            const Floats hidden = random.normal(rows * width), table = random.normal(items * width, 0.3);
            const std::vector<std::int32_t> targets = random.below(rows, items);
            expectPathsAgree(
                [&] {
                    std::vector<double> loss(rows);
                    Floats gradHidden(rows * width), gradTable(items * width), result;
                    linearCrossEntropy({rows, items, width, hidden.data(), table.data(), nullptr, targets.data(), 1.0f,
                        loss.data(), gradHidden.data(), gradTable.data()});
                    append(result, Floats(loss.begin(), loss.end()));
                    append(result, gradHidden);
                    append(result, gradTable);
                    return result;
                },
                1e-4, std::to_string(rows) + " rows x " + std::to_string(items) + " items");
        }
}

} // namespace
} // namespace recoscope::kernels
