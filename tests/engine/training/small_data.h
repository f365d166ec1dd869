// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A small prepared dataset with structure to learn: item i is mostly followed by i + 1 (modulo the catalogue), and
// rated by what it is and by whom: 1 to 3.
#pragma once

#include <memory>
#include <string>

#include "engine/core/random.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/prepared.h"
#include "tests/temporary_folder.h"

namespace recoscope::test {

inline std::shared_ptr<const PreparedData> smallData(
    const TemporaryFolder& scratch, int users = 60, int items = 25, int maxLength = 8)
{
    Progress progress;
    DatasetWriter writer(scratch / "data", "small", "test", "none");
    for (int user = 0; user < users; ++user) {
        RandomStream stream(1, "small-data", user);
        int item = static_cast<int>(stream.below(items));
        const int length = 5 + static_cast<int>(stream.below(20));
        for (int i = 0; i < length; ++i) {
            writer.addRow(writer.userIndex("u" + std::to_string(user)), writer.itemIndex("i" + std::to_string(item)),
                std::nullopt, static_cast<float>(1 + (item % 2) + (user % 2)));
            item = stream.uniform() < 0.8 ? (item + 1) % items : static_cast<int>(stream.below(items));
        }
    }
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", std::to_string(maxLength));
    return prepare(writer.finish({}, progress), protocol, progress);
}

} // namespace recoscope::test
