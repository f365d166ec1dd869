// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What an importer is pointed at, seen as named files: a folder, a zip archive, or one file with those beside it.
// Names use '/'. Immutable.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/data/importers/byte_source.h"

namespace recoscope {

class SourceTree {
public:
    // Error{NotFound} when there is nothing, Error{Input} for an unsafe or damaged archive.
    explicit SourceTree(const Path& source);

    bool isFile() const { return !m_primary.empty(); }
    // The file that was pointed at; "" for a folder or an archive.
    const std::string& primary() const { return m_primary; }
    // All files (of a folder: down to two levels, at most 10,000), sorted.
    const std::vector<std::string>& names() const { return m_names; }
    // The first file whose own name (without folders and packing: .gz .zst .bz2 .xz) fits; "" when there is none.
    std::string find(const std::function<bool(const std::string& plainName)>& fits) const;
    std::string findNamed(const std::string& plainName) const;
    std::unique_ptr<ByteSource> open(const std::string& name) const;
    std::string head(const std::string& name) const; // first 64 KiB, unpacked
    const Path& path() const { return m_source; }

private:
    Path m_source; // folder or archive; for a single file its folder
    std::string m_primary;
    std::vector<std::string> m_names;
    bool m_zip = false;
};

// "x/ratings.dat.gz" -> "ratings.dat"
std::string plainName(const std::string& name);

} // namespace recoscope
