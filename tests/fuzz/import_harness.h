// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The whole way of a source through an importer: score, preview, import, and what was written opened again. One input
// becomes several files: its parts between lines "====".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/data/catalogue.h"
#include "engine/data/importers/importer.h"
#include "tests/fuzz/harness.h"

namespace recoscope {

inline std::vector<std::string_view> partsOf(std::string_view text)
{
    constexpr std::string_view separator = "====\n";
    std::vector<std::string_view> parts;
    for (std::size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end + separator.size());
    }
    parts.push_back(text);
    return parts;
}

// Writes part i as names[i] into a folder of its own; a part that is missing is an empty file.
inline Path sourceFolder(const std::vector<const char*>& names, const std::vector<std::string_view>& parts)
{
    const Path folder = scratchFolder() / "source";
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    std::filesystem::create_directories(folder);
    for (std::size_t i = 0; i < names.size(); ++i) {
        const std::string_view part = i < parts.size() ? parts[i] : std::string_view();
        std::ofstream(folder / names[i], std::ios::binary)
            .write(part.data(), static_cast<std::streamsize>(part.size()));
    }
    return folder;
}

inline void importWhole(const Path& source, const ImportOptions& options)
{
    const Path target = scratchFolder() / "dataset";
    mustNotFail([&] { (void)previewImport(source, options); });
    mustNotFail([&] {
        Progress progress;
        const auto dataset = importDataset(source, target, "fuzz", options, progress);
        // What was accepted can be read back, and holds together.
        const InteractionView& view = dataset->interactions();
        const bool whole = view.users.size() == view.items.size()
            && static_cast<std::int64_t>(view.items.size()) == dataset->info().interactions
            && static_cast<std::int64_t>(dataset->catalogue().rawItems().size()) == dataset->info().items
            && static_cast<std::int64_t>(view.offsets.size()) == dataset->info().users + 1;
        if (!whole)
            std::abort();
        (void)dataset->catalogue().items(view.items.first(1));
    });
    std::error_code ignored;
    std::filesystem::remove_all(target, ignored);
}

} // namespace recoscope
