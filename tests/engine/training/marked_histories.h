// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Prepared histories with everything that an event may have: time, rating, surface and kind.
#pragma once

#include <memory>

#include "engine/core/random.h"
#include "engine/data/prepared.h"

namespace recoscope::test {

inline std::shared_ptr<const PreparedData> markedHistories()
{
    RandomStream random(7, "batch rows");
    std::vector<std::int64_t> offsets{0}, times;
    std::vector<std::int32_t> items;
    std::vector<float> feedback;
    std::vector<std::uint8_t> surfaces, kinds;
    for (const std::int64_t length : {3, 4, 5, 9, 10, 11, 17, 33, 64, 65, 130, 200})
        for (int user = 0; user < 4; ++user) {
            for (std::int64_t i = 0; i < length; ++i) {
                items.push_back(static_cast<std::int32_t>(random.below(50)));
                times.push_back(1'500'000'000 + 1000 * i + static_cast<std::int64_t>(random.below(1000)));
                feedback.push_back(static_cast<float>(random.below(5)));
                surfaces.push_back(static_cast<std::uint8_t>(random.below(3)));
                kinds.push_back(static_cast<std::uint8_t>(random.below(2)));
            }
            offsets.push_back(static_cast<std::int64_t>(items.size()));
        }
    InteractionView view;
    view.offsets = offsets;
    view.items = items;
    view.times = times;
    view.feedback = feedback;
    view.surfaces = surfaces;
    view.kinds = kinds;
    Protocol protocol;
    protocol.set("filter", "none");
    Progress progress;
    return prepareInteractions(view, {}, protocol, progress);
}

} // namespace recoscope::test
