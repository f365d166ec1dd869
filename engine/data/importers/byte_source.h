// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Streams of bytes that importers read: plain files, and what is unpacked on the way (gzip, zstd, bzip2, xz, members of
// zip archives). Damage and archives that unpack beyond all measure give Error{Input} naming the file. One thread at a
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/core/file.h"

namespace recoscope {

class ByteSource {
public:
    virtual ~ByteSource() = default;
    virtual std::size_t read(char* buffer, std::size_t capacity) = 0; // 0 only at the end
    virtual double fraction() const = 0; // how much of the underlying file has been read, 0..1
    const std::string& name() const { return m_name; } // for messages

protected:
    explicit ByteSource(std::string name)
        : m_name(std::move(name))
    {
    }

private:
    std::string m_name;
};

// Where a real file of interactions ends and an attack begins. Text of ratings shrinks 3 to 20 fold.
struct UnpackLimits {
    double ratio = 200.0; // unpacked / packed, once more than `graceBytes` came out
    std::uint64_t graceBytes = std::uint64_t(64) << 20; //
    std::uint64_t totalBytes = std::uint64_t(1) << 40; // of one stream
    std::size_t members = 100'000; // of one archive
};

// Throws Error{Input} once `unpacked` bytes out of `packed` exceed the limits.
void checkUnpacked(const std::string& name, std::uint64_t packed, std::uint64_t unpacked, const UnpackLimits& limits);

// Plain or packed, told by the first bytes, not the name. A zip archive is refused here: see source_tree.h.
std::unique_ptr<ByteSource> openByteSource(const Path& file, const UnpackLimits& limits = {});
std::unique_ptr<ByteSource> makeMemorySource(std::string name, std::string bytes);
// The whole stream; Error{Input} beyond `maxBytes`.
std::string readAll(ByteSource& source, std::uint64_t maxBytes = std::uint64_t(1) << 31);

// Zip archives. Names that leave the archive ("../x", "/x", "C:\x") refuse the whole archive.
bool isZip(const Path& file);
std::vector<std::string> zipMembers(const Path& file, const UnpackLimits& limits = {});
std::unique_ptr<ByteSource> openZipMember(const Path& file, const std::string& member, const UnpackLimits& limits = {});
// zstd, bzip2, xz: whatever libarchive knows as a filter.
std::unique_ptr<ByteSource> openFilteredFile(const Path& file, const UnpackLimits& limits);

} // namespace recoscope
