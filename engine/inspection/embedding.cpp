// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/inspection/embedding.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/error.h"
#include "engine/inspection/arrays.h"
#include "engine/kernels/ops.h"

namespace recoscope {

ItemVectors itemVectors(const TrainedModel& model)
{
    const auto head = model.linearHead();
    if (!head)
        throw Error(ErrorKind::Refused, model.modelName() + " has no vectors of items to look at",
            "choose a run of a neural model that ranks by item vectors");
    ItemVectors out;
    out.items = head->items;
    out.width = head->width;
    out.vectors.assign(head->table, head->table + head->items * head->width);
    if (head->bias)
        out.bias.assign(head->bias, head->bias + head->items);
    for (std::int64_t item = 0; item < out.items; ++item) {
        const float* v = head->table + item * out.width;
        out.norms.push_back(static_cast<float>(std::sqrt(std::inner_product(v, v + out.width, v, 0.0))));
    }
    return out;
}

Neighbours nearestItems(
    const ItemVectors& vectors, const std::vector<std::int32_t>& queries, std::int64_t count, Progress& progress)
{
    Neighbours out;
    out.count = std::clamp<std::int64_t>(count, 0, vectors.items - 1);
    out.queries = queries;
    std::vector<float> dots(static_cast<std::size_t>(vectors.items));
    std::vector<std::int32_t> order(dots.size());
    for (std::size_t q = 0; q < queries.size(); ++q) {
        const std::int32_t query = queries[q];
        if (q % 64 == 0)
            progress.update(static_cast<double>(q) / static_cast<double>(queries.size()), "Finding nearest items");
        progress.checkCancelled();
        kernels::scoreAll(vectors.items, vectors.width, vectors.vectors.data() + query * vectors.width,
            vectors.vectors.data(), nullptr, dots.data());
        for (std::size_t i = 0; i < dots.size(); ++i) {
            const float size = vectors.norms[i] * vectors.norms[static_cast<std::size_t>(query)];
            dots[i] = size > 0.0f ? std::clamp(dots[i] / size, -1.0f, 1.0f) : 0.0f;
        }
        std::iota(order.begin(), order.end(), 0);
        std::erase(order, query);
        std::partial_sort(order.begin(), order.begin() + out.count, order.end(), [&](std::int32_t a, std::int32_t b) {
            const float x = dots[static_cast<std::size_t>(a)], y = dots[static_cast<std::size_t>(b)];
            return x != y ? x > y : a < b;
        });
        for (std::int64_t k = 0; k < out.count; ++k) {
            out.items.push_back(order[static_cast<std::size_t>(k)]);
            out.cosines.push_back(dots[static_cast<std::size_t>(out.items.back())]);
        }
        order.resize(dots.size());
    }
    return out;
}

void writeEmbedding(const ItemVectors& vectors, const Neighbours& neighbours, const Path& npz)
{
    const auto queries = static_cast<std::int64_t>(neighbours.queries.size());
    std::vector<NamedArray> arrays = {namedArray<float>("vectors", {vectors.items, vectors.width}, vectors.vectors),
        namedArray<float>("norm", {vectors.items}, vectors.norms),
        namedArray<std::int32_t>("queries", {queries}, neighbours.queries),
        namedArray<std::int32_t>("neighbours", {queries, neighbours.count}, neighbours.items),
        namedArray<float>("cosines", {queries, neighbours.count}, neighbours.cosines)};
    if (!vectors.bias.empty())
        arrays.push_back(namedArray<float>("bias", {vectors.items}, vectors.bias));
    writeNpz(npz, arrays);
}

} // namespace recoscope
