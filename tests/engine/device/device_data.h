// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Small data with all that a model may read: times, ratings, surfaces and titles. Item i is mostly followed by i + 1.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/core/random.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/prepared.h"
#include "tests/temporary_folder.h"

namespace recoscope::test {

inline std::shared_ptr<const PreparedData> deviceData(const TemporaryFolder& scratch)
{
    constexpr int users = 60, items = 25;
    constexpr std::int64_t hour = 3'600'000, begin = 1'600'000'000'000; // milliseconds
    const std::vector<std::string> words = {"amber", "silent", "crooked", "golden", "hidden", "winter", "scarlet"};
    DatasetWriter writer(scratch / "data", "small", "test", "none");
    for (int user = 0; user < users; ++user) {
        RandomStream stream(1, "device-data", user);
        int item = static_cast<int>(stream.below(items));
        const int length = 5 + static_cast<int>(stream.below(20));
        std::int64_t time = begin + static_cast<std::int64_t>(stream.below(1000)) * hour;
        for (int i = 0; i < length; ++i) {
            const EventMark mark{static_cast<std::uint8_t>(stream.below(3)), EventMark::unknown};
            writer.addRow(writer.userIndex("u" + std::to_string(user)), writer.itemIndex("i" + std::to_string(item)),
                time, static_cast<float>(1 + stream.below(3)), mark);
            item = stream.uniform() < 0.8 ? (item + 1) % items : static_cast<int>(stream.below(items));
            time += static_cast<std::int64_t>(stream.below(200)) * hour / 4;
        }
    }
    for (std::size_t i = 0; i < items; ++i) {
        ItemAttributes attributes;
        for (std::size_t w = 0; w <= i % 3; ++w)
            attributes.title += words[(i + 3 * w) % words.size()] + " ";
        attributes.brand = i % 2 ? "" : "house";
        writer.setItem("i" + std::to_string(i), attributes);
    }
    Progress progress;
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", "8");
    return prepare(writer.finish({}, progress), protocol, progress);
}

} // namespace recoscope::test
