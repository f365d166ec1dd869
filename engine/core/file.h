// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The file layer: every system call of the engine that touches files goes through here, so that tests can put a
// failing twin behind it (disk full, unreadable, cut short) and other systems need one new source file. Functions are
// thread-safe. Failures throw Error with the path: NotFound, Resource (disk full, no permission) or Input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace recoscope {

using Path = std::filesystem::path;

// Writes to a temporary name beside `target`; commit() flushes to disk and renames. Destroyed without commit: nothing
// is left behind.
class AtomicFile {
public:
    explicit AtomicFile(Path target);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    void write(const void* data, std::size_t bytes);
    void write(std::string_view text) { write(text.data(), text.size()); }
    void seek(std::uint64_t offset); // to fill in a header after the body
    void commit();

private:
    Path m_target;
    Path m_temporary;
    int m_descriptor = -1;
};

// A folder filled under a temporary name and renamed whole. `commit` refuses (Error{Refused}) when the target exists.
class AtomicFolder {
public:
    explicit AtomicFolder(Path target);
    ~AtomicFolder();
    AtomicFolder(const AtomicFolder&) = delete;
    AtomicFolder& operator=(const AtomicFolder&) = delete;

    const Path& path() const { return m_temporary; } // write here
    void commit();

private:
    Path m_target;
    Path m_temporary;
};

// Read-only memory map of a whole file; an empty file gives an empty span.
class MappedFile {
public:
    explicit MappedFile(const Path& path);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;

    std::span<const std::byte> bytes() const { return {m_data, m_size}; }

private:
    const std::byte* m_data = nullptr;
    std::size_t m_size = 0;
};

// A file whose bytes are memory of this process: what is written there is in the file, and stays when the process is
// killed. Space on the disk is taken when the file is made, so that writing into the map cannot fail for want of it.
class WritableMap {
public:
    // Makes a file of `bytes` zeros (Error{Resource} when the disk has no room for it; nothing is left then) ...
    WritableMap(const Path& path, std::uint64_t bytes);
    // ... or opens one that exists.
    explicit WritableMap(const Path& path);
    ~WritableMap();
    WritableMap(const WritableMap&) = delete;
    WritableMap& operator=(const WritableMap&) = delete;

    std::span<std::byte> bytes() const { return {m_data, m_size}; }
    void flush(); // to the disk; what was written survives a power cut from then on

private:
    Path m_path;
    std::byte* m_data = nullptr;
    std::size_t m_size = 0;
};

// A regular file read from front to back, for streams too large to map or hold.
class InputFile {
public:
    explicit InputFile(const Path& path);
    ~InputFile();
    InputFile(const InputFile&) = delete;
    InputFile& operator=(const InputFile&) = delete;

    std::size_t read(void* buffer, std::size_t capacity); // 0 only at the end
    std::uint64_t size() const { return m_size; }

private:
    Path m_path;
    int m_descriptor = -1;
    std::uint64_t m_size = 0;
};

std::string readFile(const Path& path, std::uint64_t maxBytes = std::uint64_t(1) << 31);
// The first `bytes` bytes, or the whole file when it is shorter.
std::string readFilePrefix(const Path& path, std::uint64_t bytes);
void writeFileAtomically(const Path& path, std::string_view content);
std::uint64_t freeBytes(const Path& path);
std::uint64_t physicalMemoryBytes();
std::uint64_t peakMemoryBytes(); // of this process
std::uint64_t currentMemoryBytes(); // resident now

// An advisory lock on a workspace file; second taker gets Error{Resource} at once with the holder's process id.
class FileLock {
public:
    explicit FileLock(Path path);
    ~FileLock();
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;

private:
    int m_descriptor = -1;
};

// What tests put in the way of the real calls: called with ("write"|"sync"|"rename"|"open"|"map", path) before each
// one; an errno value other than 0 makes the call fail with it. Empty in normal use.
using FileFault = std::function<int(std::string_view operation, const Path& path)>;
void setFileFault(FileFault fault);

} // namespace recoscope
