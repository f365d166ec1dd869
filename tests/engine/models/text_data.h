// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A small catalogue with words: `shelves` of `perShelf` items; every title has a word of its shelf and one of its own.
// Users stay on their shelf and go from item to item. The first item of each shelf comes last in a few histories and
// nowhere else: training never sees it.
#pragma once

#include <memory>
#include <string>

#include "engine/core/random.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/prepared.h"
#include "tests/temporary_folder.h"

namespace recoscope::test {

struct TextDataShape {
    int shelves = 6, perShelf = 10, users = 240;
    bool titles = true;
    std::string ending = ""; // of every title
};

inline std::shared_ptr<const PreparedData> textData(
    const TemporaryFolder& scratch, const TextDataShape& shape = {}, const std::string& name = "shelves")
{
    const std::vector<std::string> shelf = {"Lantern", "Harbour", "Orbit", "Kettle", "Trellis", "Sonata"};
    const std::vector<std::string> own = {"Amber", "Silent", "Crooked", "Golden", "Hidden", "Winter", "Scarlet",
        "Hollow", "Distant", "Paper", "Broken", "Gentle"};
    DatasetWriter writer(scratch / name, name, "test", "none");
    const auto raw = [](int s, int i) { return "s" + std::to_string(s) + "i" + std::to_string(i); };
    for (int user = 0; user < shape.users; ++user) {
        RandomStream stream(1, "text-data", user);
        const int s = user % shape.shelves, length = 6 + static_cast<int>(stream.below(6));
        const std::int32_t row = writer.userIndex("u" + std::to_string(user));
        int item = 1 + static_cast<int>(stream.below(shape.perShelf - 1));
        for (int i = 0; i < length; ++i) {
            const bool cold = i + 1 == length && user % 4 == 0;
            writer.addRow(row, writer.itemIndex(raw(s, cold ? 0 : item)), std::nullopt, std::nullopt);
            item = 1 + item % (shape.perShelf - 1);
        }
    }
    for (int s = 0; shape.titles && s < shape.shelves; ++s)
        for (int i = 0; i < shape.perShelf; ++i) {
            ItemAttributes attributes;
            attributes.title = "The " + own[i % own.size()] + " " + shelf[s % shelf.size()] + shape.ending;
            attributes.brand = s % 2 ? "" : "House " + std::to_string(s);
            writer.setItem(raw(s, i), attributes);
        }
    Progress progress;
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", "8");
    return prepare(writer.finish({}, progress), protocol, progress);
}

} // namespace recoscope::test
