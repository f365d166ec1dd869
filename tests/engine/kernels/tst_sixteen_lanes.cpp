// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The bodies of cpu/ on sixteen lanes, as AVX-512 runs them, on any processor: the language's own vectors stand in for
// the instructions, so what is tested is the arithmetic of lanes, tails, tiles and dropout layouts.
#include "engine/kernels/cpu/isa_portable.h"
#include "engine/kernels/cpu/table_body.h"
#include "tests/engine/kernels/hstu_case.h"

namespace recoscope::kernels {
namespace {

const KernelTable& wide = cpu::kernelsOf<cpu::Portable<16>>;
const KernelTable& narrow = scalarTable();

TEST(SixteenLanes, SequencesMatch)
{
    Random random(1);
    const std::vector<std::int64_t> offsets = offsetsOf({0, 1, 5, 16, 17, 40});
    const std::int64_t rows = offsets.back(), s = 21;
    const Floats lambda = random.normal(2 * s, 0.3), input = random.normal(rows * 2 * s);
    const Floats projected = random.normal(rows * 3 * 2 * 19), gradOutput = random.normal(rows * 2 * 19);
    const auto run = [&](const KernelTable& table) {
        Floats states(input.size()), gradInput(input.size());
        std::vector<double> gradLambda(2 * s);
        table.lruForward({offsets, s, lambda.data(), input.data(), nullptr, states.data()}, 0, 6);
        table.lruBackward({offsets, s, lambda.data(), states.data(), input.data(), gradInput.data(), nullptr}, 0, 6,
            gradLambda.data());
        append(states, gradInput);
        append(states, Floats(gradLambda.begin(), gradLambda.end()));
        Floats output(gradOutput.size()), logSumExp(rows * 2), grad(projected.size()), p(40 * 40);
        SoftmaxAttentionBackward b;
        b.forward = {offsets, 2, 19, 0.3f, projected.data(), projected.data() + 38, projected.data() + 76, 114, 0.25f,
            99, output.data(), logSumExp.data()};
        b.gradOutput = gradOutput.data();
        b.gradQuery = grad.data();
        b.gradKey = grad.data() + 38;
        b.gradValue = grad.data() + 76;
        b.gradStride = 114;
        table.attentionForward(b.forward, 0, 12);
        table.attentionBackward(b, 0, 12);
        table.attentionProbabilities(b.forward, 5, 1, p.data());
        append(states, output);
        append(states, logSumExp);
        append(states, grad);
        append(states, p);
        return states;
    };
    expectClose(run(wide), run(narrow), 2e-5, "sequences");
}

TEST(SixteenLanes, TurnedRowsMatch)
{
    Random random(9);
    const std::vector<std::int64_t> offsets = offsetsOf({0, 1, 5, 16, 17, 40});
    const std::int64_t rows = offsets.back(), dim = 38, width = 2 * dim, stride = 3 * width;
    const Floats cosine = random.normal(40 * dim / 2), sine = random.normal(40 * dim / 2);
    const Floats projected = random.normal(rows * stride), gradOutput = random.normal(rows * width);
    const auto run = [&](const KernelTable& table) {
        Floats output(gradOutput.size()), logSumExp(rows * 2), grad(projected.size()), p(40 * 40);
        SoftmaxAttentionBackward b;
        b.forward = {offsets, 2, dim, 0.1f, projected.data(), projected.data() + width, projected.data() + 2 * width,
            stride, 0.0f, 0, output.data(), logSumExp.data(), true, {}, {40, cosine.data(), sine.data(), {}}};
        b.gradOutput = gradOutput.data();
        b.gradQuery = grad.data();
        b.gradKey = grad.data() + width;
        b.gradValue = grad.data() + 2 * width;
        b.gradStride = stride;
        table.attentionForward(b.forward, 0, 12);
        table.attentionBackward(b, 0, 12);
        table.attentionProbabilities(b.forward, 5, 1, p.data());
        Floats turned(projected.size());
        table.rotateRows({40, 6, dim, b.forward.rotary, projected.data(), stride, turned.data(), stride}, 0, 40);
        append(output, logSumExp);
        append(output, grad);
        append(output, p);
        append(output, turned);
        return output;
    };
    expectClose(run(wide), run(narrow), 5e-5, "turned rows");
}

TEST(SixteenLanes, StepsOfManyRowsAreThoseOfEachAndMatch)
{
    Random random(6);
    const std::int64_t h = 21, s = 19, inner = 70, rows = 50;
    const auto layer = [&](std::int64_t outputs, std::int64_t width) {
        return packed(outputs, width, random.normal(outputs * width, 0.2), random.normal(outputs, 0.2));
    };
    const Floats in = layer(2 * s, h), out = layer(h, 2 * s), w1 = layer(inner, h), w2 = layer(h, inner);
    const Floats lambda = random.normal(2 * s, 0.2), norm = random.normal(h, 0.2);
    const Floats x = random.normal(rows * h), states = random.normal(2 * 2 * s);
    const std::vector<std::int64_t> offsets{0, 31, rows};
    const auto run = [&](const KernelTable& table, bool together) {
        Floats result = x, state = states;
        LruSteps a;
        a.offsets = offsets;
        a.block = {h, s, inner, 1e-5f, lambda.data(), in.data(), out.data(), w1.data(), w2.data(), norm.data(),
            norm.data(), norm.data(), norm.data(), state.data(), result.data()};
        if (together)
            table.lruSteps(a, 0, 2);
        for (std::int64_t t = 0; t < rows && !together; ++t) {
            LruStep one = a.block;
            one.x += t * h;
            one.state += t < offsets[1] ? 0 : 2 * s;
            table.lruStep(one);
        }
        append(result, state);
        return result;
    };
    EXPECT_TRUE(sameBytes(run(wide, true), run(wide, false)));
    expectClose(run(wide, true), run(narrow, true), 2e-5, "steps");
}

TEST(SixteenLanes, CachedAttentionAndPackedLayersMatch)
{
    Random random(7);
    const std::int64_t rows = 9, events = 40, dim = 70;
    const Floats query = random.normal(rows * dim), keys = random.normal(events * dim),
                 values = random.normal(events * dim);
    const Floats weights = packed(dim + 3, dim, random.normal((dim + 3) * dim, 0.2), random.normal(dim + 3));
    std::vector<std::int64_t> offsets{0};
    std::vector<KeptPage> pages;
    for (std::int64_t r = 0; r < rows; ++r) {
        pages.insert(pages.end(), {{0, 3 + r}, {30 - r, r % 2}});
        offsets.push_back(std::ssize(pages));
    }
    const auto run = [&](const KernelTable& table) {
        Floats output(rows * dim), projected(rows * (dim + 3)), gated(rows * dim), paged(rows * dim);
        table.cachedAttention(
            {rows, events, dim, 0.2f, query.data(), dim, keys.data(), values.data(), output.data(), dim}, 0, rows);
        table.pagedAttention(
            {rows, events, dim, 0.2f, offsets, pages, query.data(), dim, keys.data(), values.data(), paged.data(), dim},
            0, rows);
        table.packedLinear({rows, dim, dim + 3, output.data(), weights.data(), projected.data(), dim + 3}, 0, rows);
        table.sigmoidGate(query.data(), output.data(), gated.data(), 0, rows * dim);
        append(output, projected);
        append(output, gated);
        append(output, paged);
        Floats unit(rows * dim), inverse(rows), gradInput(rows * dim);
        const UnitRows u{rows, dim, 1e-6f, query.data(), unit.data(), inverse.data()};
        table.unitRowsForward(u, 0, rows);
        table.unitRowsBackward({u, output.data(), gradInput.data()}, 0, rows);
        append(output, unit);
        append(output, gradInput);
        table.logSoftmax(dim + 3, projected.data(), 0, rows);
        append(output, projected);
        return output;
    };
    expectClose(run(wide), run(narrow), 1e-5, "few rows");
}

TEST(SixteenLanes, HstuMatches)
{
    const HstuCase c(4, 2, 19, 21, {0, 1, 5, 16, 17, 40}, true);
    const auto run = [&](const KernelTable& table) {
        Floats output, grad(c.projected.size()), weights(40 * 40);
        HstuAttentionBackward b;
        b.forward = c.arguments(output);
        b.gradOutput = c.gradOutput.data();
        b.gradValue = grad.data();
        b.gradQuery = b.gradValue + 2 * 21;
        b.gradKey = b.gradQuery + 2 * 19;
        b.gradStride = c.rowStride();
        std::vector<double> position(c.positionBias.size()), time(c.timeBias.size());
        table.hstuForward(b.forward, 0, 6);
        table.hstuBackward(b, 0, 6, position.data(), time.data());
        table.hstuWeights(b.forward, 5, 1, weights.data());
        append(output, grad);
        append(output, Floats(position.begin(), position.end()));
        append(output, Floats(time.begin(), time.end()));
        append(output, weights);
        return output;
    };
    expectClose(run(wide), run(narrow), 5e-5, "HSTU");
}

TEST(SixteenLanes, RowsAndElementsMatch)
{
    Random random(2);
    const std::int64_t rows = 9, width = 37, count = rows * width;
    const Floats x = random.normal(count), y = random.normal(count), weight = random.normal(width);
    const auto run = [&](const KernelTable& table) {
        Floats a(count), b(count), c(count), d(rows), result;
        std::vector<double> gradWeight(width), gradBias(width);
        table.layerNormForward({rows, width, 1e-5f, x.data(), y.data(), weight.data(), weight.data(), 0.3f, 5, a.data(),
                                   b.data(), d.data()},
            0, rows);
        append(result, a);
        table.layerNormBackward(
            {rows, width, y.data(), b.data(), d.data(), weight.data(), 0.3f, 5, a.data(), c.data(), nullptr, nullptr},
            0, rows, gradWeight.data(), gradBias.data());
        append(result, a);
        append(result, c);
        append(result, Floats(gradWeight.begin(), gradWeight.end()));
        append(result, Floats(gradBias.begin(), gradBias.end()));
        table.geluForward(x.data(), 0.2f, 3, a.data(), 0, count);
        table.geluBackward(x.data(), 0.2f, 3, y.data(), b.data(), 0, count);
        append(result, a);
        append(result, b);
        return result;
    };
    expectClose(run(wide), run(narrow), 1e-5, "rows");
}

// Both passes over one chunk, with the factors that the doorway would make.
TEST(SixteenLanes, CrossEntropyChunksMatch)
{
    Random random(4);
    const std::int64_t rows = 37, padded = 64, items = 45, width = 27;
    const Floats hidden = random.normal(rows * width), table = random.normal(items * width, 0.3);
    const std::vector<std::int32_t> targets = random.below(rows, items);
    const auto run = [&](const KernelTable& kernels) {
        Floats logit(rows), gradTable(items * width), gradBias(items), panels, maxima(padded), sums(padded);
        CrossEntropyBlock b;
        b.rows = rows;
        b.paddedRows = padded;
        b.width = width;
        b.panel = kernels.crossEntropyPanel;
        for (std::int64_t p = 0; p < padded; p += b.panel)
            for (std::int64_t d = 0; d < width; ++d)
                for (std::int64_t r = p; r < p + b.panel; ++r)
                    panels.push_back(r < rows ? hidden[r * width + d] : 0.0f);
        b.hidden = hidden.data();
        b.panels = panels.data();
        b.table = table.data();
        b.bias = table.data();
        b.targets = targets.data();
        b.targetLogit = logit.data();
        b.gradTable = gradTable.data();
        b.gradBias = gradBias.data();
        Floats exponentials(b.chunkFloats()), scaled(padded * width), gradHidden(padded * width);
        kernels.crossEntropyForward(b, 0, items, exponentials.data(), maxima.data(), sums.data());
        Floats factors = sums, result = logit;
        for (std::int64_t r = 0; r < padded; ++r)
            factors[r] = r < rows ? 1.0f / sums[r] : 0.0f;
        kernels.crossEntropyBackward(
            b, 0, items, exponentials.data(), factors.data(), scaled.data(), gradHidden.data());
        append(result, maxima);
        append(result, sums);
        append(result, gradHidden);
        append(result, gradTable);
        append(result, gradBias);
        return result;
    };
    expectClose(run(wide), run(narrow), 1e-5, "chunks");
}

TEST(SixteenLanes, SampledLossesMatch)
{
    Random random(5);
    const std::int64_t rows = 9, items = 50, width = 37, negatives = 21;
    const Floats hidden = random.normal(rows * width), itemRows = random.normal(items * width, 0.3);
    const Floats gradLoss = random.normal(rows);
    const std::vector<std::int32_t> targets = random.below(rows, items), sample = random.below(rows * negatives, items);
    for (const auto form : {SampledLoss::Form::Softmax, SampledLoss::Form::Logistic}) {
        const auto run = [&](const KernelTable& table) {
            std::vector<double> loss(rows);
            Floats gradHidden(rows * width), gradTable(items * width), gradBias(items);
            SampledLoss a;
            a.form = form;
            a.rows = rows;
            a.items = items;
            a.width = width;
            a.hidden = hidden.data();
            a.table = a.bias = a.logQ = itemRows.data();
            a.targets = targets.data();
            a.negatives = negatives;
            a.sample = sample.data();
            a.removeHits = a.unitItems = true;
            a.loss = loss.data();
            a.gradLoss = gradLoss.data();
            a.gradHidden = gradHidden.data();
            a.gradTable = gradTable.data();
            a.gradBias = gradBias.data();
            Floats coefficients(rows * SampledLossLayout(a).rowFloats()), result;
            table.sampledLossRows(a, 0, rows, coefficients.data());
            table.sampledLossItems(a, 0, rows, coefficients.data(), 0, 1);
            append(result, Floats(loss.begin(), loss.end()));
            append(result, gradHidden);
            append(result, gradTable);
            append(result, gradBias);
            return result;
        };
        expectClose(run(wide), run(narrow), 1e-5, "sampled losses");
    }
}

TEST(SixteenLanes, ProjectionsAndSparseStepsMatch)
{
    Random random(6);
    const std::int64_t rows = 70, inner = 19, width = 45;
    const Floats x = random.normal(rows * inner), weight = random.normal(inner * width, 0.3);
    const Floats gradOutput = random.normal(rows * width), start = random.normal(40 * 75);
    const std::vector<std::int32_t> touched{1, 5, 39};
    const std::vector<AdamWFactors> factors{{0.1, 20.0, 0.9}, {0.05, 15.0, 1.0}};
    const auto run = [&](const KernelTable& table) {
        Floats slope(rows * 30), output(rows * width), gradInput(rows * inner), gradWeight(inner * width),
            gradBias(width), result;
        SiluProjectionBackward b{
            {rows, inner, width, 30, x.data(), weight.data(), weight.data(), slope.data(), output.data()},
            gradOutput.data(), gradInput.data()};
        table.siluProjectionForward(b.forward, 0, rows);
        table.siluProjectionBackward(b, 0, rows, gradWeight.data(), gradBias.data());
        Floats ended(rows * 19), moments(2 * rows), gradGated(rows * inner), gradGate(rows * inner),
            gradOut(19 * inner), gradOutBias(19);
        const GatedOutputBackward g{
            {rows, inner, 19, 1e-4f, x.data(), gradOutput.data(), inner, gradOutput.data(), weight.data(),
                weight.data(), 0.3f, 5, ended.data(), moments.data(), moments.data() + rows},
            gradOutput.data(), gradGated.data(), gradGate.data(), inner, gradOut.data(), gradOutBias.data()};
        table.gatedOutputForward(g.forward, 0, rows);
        table.gatedOutputBackward(g, 0, rows, gradOut.data(), gradOutBias.data());
        Floats parameter = start, gradient = start, first(start.size()), second(start.size());
        std::vector<std::int64_t> rowSteps(40, 3);
        const SparseAdamW a{40, 75, parameter.data(), gradient.data(), first.data(), second.data(), rowSteps.data(),
            touched, 5, factors};
        table.sparseAdamW(a, 0, 3);
        Floats byRows = start, gradientByRows = start, squares(40);
        table.rowAdagrad({40, 75, byRows.data(), gradientByRows.data(), squares.data(), touched}, 0, 3);
        for (const Floats* part :
            {&output, &slope, &gradInput, &gradWeight, &gradBias, &ended, &moments, &gradGated, &gradGate, &gradOut,
                &gradOutBias, &parameter, &gradient, &first, &second, &byRows, &gradientByRows, &squares})
            append(result, *part);
        return result;
    };
    expectClose(run(wide), run(narrow), 1e-5, "projections and steps");
}

TEST(SixteenLanes, DropoutMasksAndScoresAreTheSameBytes)
{
    Random random(3);
    const std::int64_t queries = 11, items = 5003, width = 29, k = 6; // several rows of scores
    const Floats query = random.normal(queries * width), table = random.normal(items * width);
    const std::vector<std::int32_t> targets = random.below(queries, items);
    const auto run = [&](const KernelTable& kernels) {
        Floats mask(1000, 1.0f), best(queries * k), targetScore(queries), all(items);
        kernels.dropout(mask.data(), 0.4f, 1ull << 40, mask.data(), 0, 1000);
        std::vector<std::int32_t> ids(queries * k);
        std::vector<std::int64_t> greater(queries), equal(queries), before(queries);
        RankTargets r;
        r.top = {queries, items, width, k, query.data(), table.data(), nullptr, {}, {}, ids.data(), best.data()};
        r.targets = targets.data();
        r.greater = greater.data();
        r.equal = equal.data();
        r.equalBefore = before.data();
        r.targetScore = targetScore.data();
        kernels.rankTargets(r, 0, queries);
        kernels.scoreAll(width, query.data(), table.data(), nullptr, all.data(), 0, items);
        append(mask, best);
        append(mask, targetScore);
        append(mask, all);
        append(mask, Floats(ids.begin(), ids.end()));
        append(mask, Floats(greater.begin(), greater.end()));
        return mask;
    };
    EXPECT_TRUE(sameBytes(run(wide), run(narrow)));
}

TEST(SixteenLanes, ListsFromRoundedItemsAreThoseOfTheFloats)
{
    Random random(31);
    const std::int64_t items = 700, width = 50, k = 10;
    const Floats query = random.normal(width), rows = random.normal(items * width), bias = random.normal(items);
    const auto listOf = [&](const auto& operation) {
        std::vector<std::int32_t> ids(k);
        Floats scores(k);
        operation(TopK{1, items, width, k, query.data(), rows.data(), bias.data(), {}, {}, ids.data(), scores.data()});
        append(scores, Floats(ids.begin(), ids.end()));
        return scores;
    };
    const Bf16Table halves = roundToBf16(items, width, rows.data());
    const float margin = 20.0f * halves.residual; // the query is shorter than 20
    const Floats expected = listOf([](const TopK& a) { narrow.topK(a, 0, 1); });
    EXPECT_TRUE(sameBytes(listOf([&](const TopK& a) { wide.topKBf16(a, halves, margin); }), expected));
    EXPECT_TRUE(sameBytes(listOf([&](const TopK& a) { narrow.topKBf16(a, halves, margin); }), expected));
}

TEST(SixteenLanes, ListsFromFourBitsAreThoseOfTheFloats)
{
    Random random(32);
    const std::int64_t items = 700, width = 50, k = 10;
    const Floats rows = random.normal(items * width);
    const Int4Table table = roundToInt4(items, width, rows.data());
    std::vector<std::int8_t> values(8 * table.groups);
    Int4Query q{&table, values.data(), 0, 1.0f};
    Floats query(width); // whole numbers, so that nothing is taken from them
    double square = 0.0;
    for (std::int64_t d = 0; d < width; ++d) {
        values[d] = static_cast<std::int8_t>(d * 37 % 255 - 127);
        query[d] = values[d];
        q.start -= 8 * values[d];
        square += values[d] * values[d];
    }
    q.length = static_cast<float>(std::sqrt(square) * (1.0 - 1e-6));
    q.margin = static_cast<float>(std::sqrt(square) * table.residual * 1.001);
    const auto listOf = [&](const auto& operation) {
        std::vector<std::int32_t> ids(k);
        Floats scores(k);
        operation(TopK{1, items, width, k, query.data(), rows.data(), nullptr, {}, {}, ids.data(), scores.data()});
        append(scores, Floats(ids.begin(), ids.end()));
        return scores;
    };
    const Floats expected = listOf([](const TopK& a) { narrow.topK(a, 0, 1); });
    EXPECT_TRUE(sameBytes(listOf([&](const TopK& a) { wide.topKInt4(a, q); }), expected));
    EXPECT_TRUE(sameBytes(listOf([&](const TopK& a) { narrow.topKInt4(a, q); }), expected));
}

} // namespace
} // namespace recoscope::kernels
