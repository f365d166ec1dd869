// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// "Get MovieLens": fetches a public archive from its publisher. Size and checksum are known beforehand; nothing but a
// file with both is ever left under its final name. Nothing is fetched before the caller has shown the terms.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/file.h"
#include "engine/core/progress.h"

namespace recoscope {

struct DownloadableArchive {
    std::string name; // "ml-100k"
    std::string title; // "MovieLens 100K"
    std::string description; // one line: counts and period
    std::string url; // at the publisher
    std::uint64_t bytes = 0;
    std::string md5; // as the publisher gives it, 32 hex digits
    std::string terms; // to be shown and accepted before the download
    std::string termsUrl;
};

const std::vector<DownloadableArchive>& downloadableArchives();
// Error{NotFound} with the known names.
const DownloadableArchive& findArchive(const std::string& name);

// Fetches into `folder` and returns the path of the checked file; one that is there already and right is not fetched
// again. A partial file of an earlier attempt is continued (`.part`). `baseUrl`, if not empty, takes the place of the
// publisher's folder. Errors: Resource (no network, cut connection, disk full: the partial file is kept), Input (wrong
// size or checksum: the file is deleted), Cancelled (the partial file is kept). Blocks; call it in a job.
Path downloadArchive(
    const DownloadableArchive& archive, const Path& folder, Progress& progress, const std::string& baseUrl = "");

} // namespace recoscope
