// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Zip archives, written atomically from front to back: the same members give the same bytes. Version 2.0, so sizes are
// 32-bit: a member that would not fit throws Error{Usage} before its first byte is written. Used by one thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "engine/core/file.h"

namespace recoscope {

class ZipWriter {
public:
    enum class Packing { Stored, Deflated };
    using Piece = std::span<const std::byte>;

    explicit ZipWriter(const Path& target);

    // One member made of `pieces`, one behind the other. They are read only during the call.
    void add(const std::string& name, std::initializer_list<Piece> pieces, Packing packing);
    void commit(); // nothing is at `target` before

private:
    struct Member;

    Path m_target;
    AtomicFile m_file;
    std::string m_central;
    std::uint64_t m_offset = 0;
    std::uint16_t m_members = 0;
};

} // namespace recoscope
