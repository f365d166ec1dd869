// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/argus_tokens.h"

namespace recoscope {

namespace {

torch::Tensor tensorOf(const std::vector<std::int32_t>& values)
{
    return torch::tensor(values, torch::kInt32);
}

} // namespace

ArgusTokens ArgusTokens::of(const PackedBatch& batch, bool withItems)
{
    const auto sequences = static_cast<std::int32_t>(batch.sequences());
    const auto events = static_cast<std::int32_t>(batch.events());
    const auto offsets = batch.offsetSpan();
    std::vector<std::int32_t> sources, positions, kinds, contextRows, itemRows;
    std::vector<std::int64_t> ends{0};
    const auto add = [&](std::int32_t source, std::int32_t position, std::int32_t kind) {
        sources.push_back(source);
        positions.push_back(position);
        kinds.push_back(kind);
        return static_cast<std::int32_t>(sources.size()) - 1;
    };
    const std::int32_t asked = sequences, items = asked + events, feedbacks = items + events, last = feedbacks + events;
    for (std::int32_t b = 0; b < sequences; ++b) {
        const auto begin = static_cast<std::int32_t>(offsets[b]), end = static_cast<std::int32_t>(offsets[b + 1]);
        add(b, 0, 0);
        for (std::int32_t t = begin; t < end; ++t) {
            const std::int32_t position = t - begin, item = add(items + t, position, 1);
            if (t > begin && withItems)
                itemRows.push_back(item);
            add(feedbacks + t, position, 2);
            contextRows.push_back(add(asked + t, position + 1, 0));
        }
        if (withItems)
            itemRows.push_back(add(last + b, end - begin, 1));
        ends.push_back(static_cast<std::int64_t>(sources.size()));
    }
    ArgusTokens tokens{tensorOf(sources), tensorOf(positions), tensorOf(kinds), torch::tensor(ends, torch::kInt64),
        tensorOf(contextRows), {}};
    if (withItems)
        tokens.itemRows = tensorOf(itemRows);
    return tokens;
}

} // namespace recoscope
