// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A small prepared dataset with structure to learn: item i is mostly followed by i + 1 (modulo the catalogue).
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <unistd.h>

#include "engine/core/random.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/prepared.h"

namespace recoscope::test {

// A folder of this process that goes away with the object.
class ScratchFolder {
public:
    ScratchFolder()
    {
        static std::atomic<int> count{0};
        m_path = std::filesystem::temp_directory_path()
            / ("recoscope-test-" + std::to_string(getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(m_path);
    }
    ~ScratchFolder()
    {
        std::error_code ignored;
        std::filesystem::remove_all(m_path, ignored);
    }
    Path operator/(const std::string& name) const { return m_path / name; }

private:
    Path m_path;
};

inline std::shared_ptr<const PreparedData> smallData(
    const ScratchFolder& scratch, int users = 60, int items = 25, int maxLength = 8)
{
    Progress progress;
    DatasetWriter writer(scratch / "data", "small", "test", "none");
    for (int user = 0; user < users; ++user) {
        RandomStream stream(1, "small-data", user);
        int item = static_cast<int>(stream.below(items));
        const int length = 5 + static_cast<int>(stream.below(20));
        for (int i = 0; i < length; ++i) {
            writer.addRow(writer.userIndex("u" + std::to_string(user)), writer.itemIndex("i" + std::to_string(item)),
                std::nullopt, std::nullopt);
            item = stream.uniform() < 0.8 ? (item + 1) % items : static_cast<int>(stream.below(items));
        }
    }
    Protocol protocol;
    protocol.set("filter", "none");
    protocol.set("max_length", std::to_string(maxLength));
    return prepare(writer.finish({}, progress), protocol, progress);
}

} // namespace recoscope::test
