// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The part of byte_source.h that goes through libarchive. The packed file is mapped, so that libarchive can seek in it
// and every open goes through the file layer.

#include <algorithm>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>

#include "engine/core/error.h"
#include "engine/data/importers/byte_source.h"

namespace recoscope {

namespace {

struct FreeArchive {
    void operator()(archive* handle) const { archive_read_free(handle); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

Error damaged(const std::string& name, archive* handle)
{
    const char* why = archive_error_string(handle);
    return Error(ErrorKind::Input, "'" + name + "' is cut short or damaged: " + (why ? why : "unknown reason"),
        "fetch or copy the file again");
}

ArchiveHandle openZip(const MappedFile& file, const std::string& name)
{
    ArchiveHandle handle(archive_read_new());
    archive_read_support_format_zip_seekable(handle.get());
    if (archive_read_open_memory(handle.get(), file.bytes().data(), file.bytes().size()) != ARCHIVE_OK)
        throw damaged(name, handle.get());
    return handle;
}

// False at the end of the archive.
bool nextEntry(archive* handle, archive_entry*& entry, const std::string& name)
{
    const int code = archive_read_next_header(handle, &entry);
    if (code == ARCHIVE_EOF)
        return false;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN)
        throw damaged(name, handle);
    return true;
}

std::string pathOf(archive_entry* entry)
{
    const char* utf8 = archive_entry_pathname_utf8(entry);
    const char* path = utf8 ? utf8 : archive_entry_pathname(entry);
    return path ? path : "";
}

bool leavesTheArchive(std::string_view path)
{
    if (path.empty() || path[0] == '/' || path[0] == '\\' || (path.size() > 1 && path[1] == ':'))
        return true;
    while (!path.empty()) {
        const std::size_t end = path.find_first_of("/\\");
        if (path.substr(0, end) == "..")
            return true;
        path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    }
    return false;
}

class ArchiveSource : public ByteSource {
public:
    ArchiveSource(std::string name, std::shared_ptr<const MappedFile> file, ArchiveHandle handle, UnpackLimits limits)
        : ByteSource(std::move(name))
        , m_file(std::move(file))
        , m_handle(std::move(handle))
        , m_limits(limits)
    {
    }

    std::size_t read(char* buffer, std::size_t capacity) override
    {
        const la_ssize_t got = archive_read_data(m_handle.get(), buffer, capacity);
        if (got < 0)
            throw damaged(name(), m_handle.get());
        m_unpacked += static_cast<std::uint64_t>(got);
        checkUnpacked(name(), m_file->bytes().size(), m_unpacked, m_limits);
        return static_cast<std::size_t>(got);
    }
    double fraction() const override
    {
        const auto packed = static_cast<double>(archive_filter_bytes(m_handle.get(), -1));
        return std::min(1.0, packed / static_cast<double>(m_file->bytes().size()));
    }

private:
    std::shared_ptr<const MappedFile> m_file;
    ArchiveHandle m_handle;
    UnpackLimits m_limits;
    std::uint64_t m_unpacked = 0;
};

} // namespace

std::vector<std::string> zipMembers(const Path& file, const UnpackLimits& limits)
{
    const MappedFile mapped(file);
    const std::string name = file.filename().string();
    const ArchiveHandle handle = openZip(mapped, name);
    std::vector<std::string> members;
    archive_entry* entry = nullptr;
    while (nextEntry(handle.get(), entry, name)) {
        const std::string path = pathOf(entry);
        if (leavesTheArchive(path))
            throw Error(ErrorKind::Input,
                "'" + name + "' holds a member with the path '" + path + "', which points outside of the archive",
                "do not trust this archive; fetch it again from its publisher");
        if (archive_entry_filetype(entry) == AE_IFREG)
            members.push_back(path);
        if (members.size() > limits.members)
            throw Error(ErrorKind::Input, "'" + name + "' has more than " + std::to_string(limits.members) + " members",
                "unpack it and import the file that holds the interactions");
    }
    return members;
}

std::unique_ptr<ByteSource> openZipMember(const Path& file, const std::string& member, const UnpackLimits& limits)
{
    auto mapped = std::make_shared<MappedFile>(file);
    const std::string name = file.filename().string();
    ArchiveHandle handle = openZip(*mapped, name);
    archive_entry* entry = nullptr;
    while (nextEntry(handle.get(), entry, name)) {
        if (pathOf(entry) != member)
            continue;
        if (archive_entry_is_encrypted(entry))
            throw Error(ErrorKind::Input, "'" + member + "' in '" + name + "' is encrypted", "unpack it first");
        return std::make_unique<ArchiveSource>(name + "/" + member, std::move(mapped), std::move(handle), limits);
    }
    throw Error(ErrorKind::NotFound, "'" + name + "' has no member '" + member + "'", "check the archive");
}

std::unique_ptr<ByteSource> openFilteredFile(const Path& file, const UnpackLimits& limits)
{
    auto mapped = std::make_shared<MappedFile>(file);
    const std::string name = file.filename().string();
    ArchiveHandle handle(archive_read_new());
    archive_read_support_filter_all(handle.get());
    archive_read_support_format_raw(handle.get());
    archive_entry* entry = nullptr;
    if (archive_read_open_memory(handle.get(), mapped->bytes().data(), mapped->bytes().size()) != ARCHIVE_OK
        || !nextEntry(handle.get(), entry, name))
        throw damaged(name, handle.get());
    return std::make_unique<ArchiveSource>(name, std::move(mapped), std::move(handle), limits);
}

} // namespace recoscope
