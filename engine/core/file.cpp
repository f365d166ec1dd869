// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/core/error.h"
#include "engine/core/wait_watch.h"

namespace recoscope {

namespace {

std::mutex faultMutex;
FileFault fileFault;
std::atomic<bool> faultSet{false};

int faultOf(std::string_view operation, const Path& path)
{
    WaitWatch::note(operation, path);
    if (!faultSet.load(std::memory_order_acquire))
        return 0;
    FileFault fault;
    {
        std::lock_guard lock(faultMutex);
        fault = fileFault;
    }
    return fault ? fault(operation, path) : 0;
}

// One system call with the fault in front and restarts after signals; a negative result leaves errno set.
template <class Call> auto guarded(std::string_view operation, const Path& path, Call call) -> decltype(call())
{
    if (const int code = faultOf(operation, path)) {
        errno = code;
        return -1;
    }
    decltype(call()) result;
    do {
        result = call();
    } while (result < 0 && errno == EINTR);
    return result;
}

Error fileError(int code, const std::string& action, const Path& path, std::uint64_t neededBytes = 0)
{
    const std::string where = "'" + path.string() + "'";
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return Error(
            ErrorKind::NotFound, "cannot " + action + " " + where + ": no such file or folder", "check the path");
    case ENOSPC:
    case EDQUOT: {
        std::string free = "an unknown number of";
        std::error_code ignored;
        const auto space = std::filesystem::space(path.parent_path(), ignored);
        if (!ignored)
            free = std::to_string(space.available);
        return Error(ErrorKind::Resource,
            "disk full: cannot " + action + " " + where + ": " + std::to_string(neededBytes) + " bytes needed, " + free
                + " bytes free",
            "free some space or choose another folder; nothing was changed");
    }
    case EACCES:
    case EPERM:
    case EROFS:
        return Error(ErrorKind::Resource, "cannot " + action + " " + where + ": no permission",
            "give this user access to the file and its folder, or choose another folder");
    case EISDIR: return Error(ErrorKind::Input, "cannot " + action + " " + where + ": it is a folder", "name a file");
    default:
        return Error(ErrorKind::Resource, "cannot " + action + " " + where + ": " + std::strerror(code),
            "check the disk and the path");
    }
}

Path folderOf(const Path& path)
{
    const Path parent = path.parent_path();
    return parent.empty() ? Path(".") : parent;
}

// A hidden name beside `target` at which `make(path)` gives no error; what make returned. A process that was killed
// leaves its files behind, and process numbers come back: a name that is taken is passed over, never used.
template <class Make> int makeTemporary(const Path& target, Path& made, Make make)
{
    static std::atomic<unsigned> counter{0};
    int result = 0;
    do {
        const std::string name = "." + target.filename().string() + ".tmp-" + std::to_string(::getpid()) + "-"
            + std::to_string(counter.fetch_add(1));
        made = folderOf(target) / name;
        result = guarded("open", target, [&] { return make(made); });
    } while (result < 0 && errno == EEXIST);
    return result;
}

int openDescriptor(const Path& path, int flags, const std::string& action)
{
    const int descriptor = guarded("open", path, [&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); });
    if (descriptor < 0)
        throw fileError(errno, action, path);
    return descriptor;
}

class Descriptor {
public:
    explicit Descriptor(int value)
        : m_value(value)
    {
    }
    ~Descriptor() { ::close(m_value); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int value() const { return m_value; }

private:
    int m_value;
};

// A rename is only safe against power loss once the folder that holds the name is on disk too.
void syncFolder(const Path& folder)
{
    const Descriptor descriptor(openDescriptor(folder, O_RDONLY | O_DIRECTORY, "open folder"));
    if (guarded("sync", folder, [&] { return ::fsync(descriptor.value()); }) < 0)
        throw fileError(errno, "flush folder", folder);
}

void syncFile(const Path& path)
{
    const Descriptor descriptor(openDescriptor(path, O_RDONLY, "open"));
    if (guarded("sync", path, [&] { return ::fsync(descriptor.value()); }) < 0)
        throw fileError(errno, "flush", path);
}

std::uint64_t regularFileSize(int descriptor, const Path& path)
{
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0)
        throw fileError(errno, "read", path);
    if (S_ISDIR(status.st_mode))
        throw fileError(EISDIR, "read", path);
    if (!S_ISREG(status.st_mode))
        throw Error(ErrorKind::Input, "cannot read '" + path.string() + "': it is not a regular file", "name a file");
    return static_cast<std::uint64_t>(status.st_size);
}

std::string readBytes(int descriptor, const Path& path, std::uint64_t size)
{
    std::string content(size, '\0');
    std::size_t filled = 0;
    while (filled < content.size()) {
        const ssize_t got = guarded("read", path,
            [&]() -> ssize_t { return ::read(descriptor, content.data() + filled, content.size() - filled); });
        if (got < 0)
            throw fileError(errno, "read", path);
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
    }
    content.resize(filled);
    return content;
}

// A file of zeros for which the disk has set the room aside; returns its path.
const Path& fileOfZeros(const Path& path, std::uint64_t bytes)
{
    Path temporary;
    const Descriptor descriptor(makeTemporary(path, temporary,
        [](const Path& name) { return ::open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644); }));
    if (descriptor.value() < 0)
        throw fileError(errno, "create", path);
    int code = faultOf("write", path);
    if (code == 0)
        code = ::posix_fallocate(descriptor.value(), 0, static_cast<off_t>(bytes)); // leaves errno alone
    if (code == 0 && guarded("rename", path, [&] { return ::rename(temporary.c_str(), path.c_str()); }) < 0)
        code = errno;
    if (code != 0) {
        ::unlink(temporary.c_str());
        throw fileError(code, "make", path, bytes);
    }
    return path;
}

} // namespace

void setFileFault(FileFault fault)
{
    std::lock_guard lock(faultMutex);
    faultSet.store(static_cast<bool>(fault), std::memory_order_release);
    fileFault = std::move(fault);
}

AtomicFile::AtomicFile(Path target)
    : m_target(std::move(target))
{
    m_descriptor = makeTemporary(m_target, m_temporary,
        [](const Path& path) { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644); });
    if (m_descriptor < 0)
        throw fileError(errno, "write", m_target);
}

AtomicFile::~AtomicFile()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
}

void AtomicFile::write(const void* data, std::size_t bytes)
{
    const char* next = static_cast<const char*>(data);
    while (bytes > 0) {
        // Linux writes at most 2^31 - 4096 bytes a call.
        const std::size_t part = std::min<std::size_t>(bytes, std::size_t(1) << 30);
        const ssize_t written
            = guarded("write", m_target, [&]() -> ssize_t { return ::write(m_descriptor, next, part); });
        if (written < 0)
            throw fileError(errno, "write", m_target, bytes);
        next += written;
        bytes -= static_cast<std::size_t>(written);
    }
}

void AtomicFile::seek(std::uint64_t offset)
{
    if (::lseek(m_descriptor, static_cast<off_t>(offset), SEEK_SET) < 0)
        throw fileError(errno, "seek in", m_target);
}

void AtomicFile::commit()
{
    if (guarded("sync", m_target, [&] { return ::fsync(m_descriptor); }) < 0)
        throw fileError(errno, "flush", m_target);
    const int descriptor = m_descriptor;
    m_descriptor = -1;
    if (::close(descriptor) != 0 && errno != EINTR)
        throw fileError(errno, "close", m_target);
    if (guarded("rename", m_target, [&] { return ::rename(m_temporary.c_str(), m_target.c_str()); }) < 0)
        throw fileError(errno, "rename a finished file to", m_target);
    m_temporary.clear();
    syncFolder(folderOf(m_target));
}

AtomicFolder::AtomicFolder(Path target)
    : m_target(std::move(target))
{
    if (makeTemporary(m_target, m_temporary, [](const Path& path) { return ::mkdir(path.c_str(), 0755); }) < 0)
        throw fileError(errno, "create folder", m_target);
}

AtomicFolder::~AtomicFolder()
{
    if (m_temporary.empty())
        return;
    std::error_code ignored;
    std::filesystem::remove_all(m_temporary, ignored);
}

void AtomicFolder::commit()
{
    for (const auto& entry : std::filesystem::recursive_directory_iterator(m_temporary)) {
        if (entry.is_directory())
            syncFolder(entry.path());
        else if (entry.is_regular_file())
            syncFile(entry.path());
    }
    syncFolder(m_temporary);
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(m_target, ignored)))
        throw Error(ErrorKind::Refused, "'" + m_target.string() + "' exists already",
            "choose another name or delete the old one first");
    // rename(2) would silently take the place of an empty folder that appeared meanwhile.
    const int result = guarded("rename", m_target,
        [&] { return ::renameat2(AT_FDCWD, m_temporary.c_str(), AT_FDCWD, m_target.c_str(), RENAME_NOREPLACE); });
    if (result < 0 && errno == EEXIST)
        throw Error(ErrorKind::Refused, "'" + m_target.string() + "' exists already",
            "choose another name or delete the old one first");
    if (result < 0 && errno == EINVAL) { // a file system without RENAME_NOREPLACE
        if (::rename(m_temporary.c_str(), m_target.c_str()) < 0)
            throw fileError(errno, "rename a finished folder to", m_target);
    } else if (result < 0) {
        throw fileError(errno, "rename a finished folder to", m_target);
    }
    m_temporary.clear();
    syncFolder(folderOf(m_target));
}

MappedFile::MappedFile(const Path& path)
{
    const Descriptor descriptor(openDescriptor(path, O_RDONLY, "open"));
    const std::uint64_t size = regularFileSize(descriptor.value(), path);
    if (size == 0)
        return;
    void* data = MAP_FAILED;
    if (const int code = faultOf("map", path))
        errno = code;
    else
        data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value(), 0);
    if (data == MAP_FAILED)
        throw fileError(errno, "map", path);
    m_data = static_cast<const std::byte*>(data);
    m_size = size;
}

MappedFile::~MappedFile()
{
    if (m_data)
        ::munmap(const_cast<std::byte*>(m_data), m_size);
}

WritableMap::WritableMap(const Path& path, std::uint64_t bytes)
    : WritableMap(fileOfZeros(path, bytes))
{
}

WritableMap::WritableMap(const Path& path)
    : m_path(path)
{
    const Descriptor descriptor(openDescriptor(path, O_RDWR, "open"));
    const std::uint64_t size = regularFileSize(descriptor.value(), path);
    if (size == 0)
        return; // nothing to map
    void* data = MAP_FAILED;
    if (const int code = faultOf("map", path))
        errno = code;
    else
        data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.value(), 0);
    if (data == MAP_FAILED)
        throw fileError(errno, "map", path);
    m_data = static_cast<std::byte*>(data);
    m_size = size;
}

WritableMap::~WritableMap()
{
    if (m_data)
        ::munmap(m_data, m_size);
}

void WritableMap::flush()
{
    if (m_data && guarded("sync", m_path, [&] { return ::msync(m_data, m_size, MS_SYNC); }) < 0)
        throw fileError(errno, "flush", m_path);
}

InputFile::InputFile(const Path& path)
    : m_path(path)
    , m_descriptor(openDescriptor(path, O_RDONLY, "open"))
{
    try {
        m_size = regularFileSize(m_descriptor, path);
    } catch (...) {
        ::close(m_descriptor);
        throw;
    }
}

InputFile::~InputFile()
{
    ::close(m_descriptor);
}

std::size_t InputFile::read(void* buffer, std::size_t capacity)
{
    const ssize_t got = guarded("read", m_path, [&]() -> ssize_t { return ::read(m_descriptor, buffer, capacity); });
    if (got < 0)
        throw fileError(errno, "read", m_path);
    return static_cast<std::size_t>(got);
}

std::string readFile(const Path& path, std::uint64_t maxBytes)
{
    const Descriptor descriptor(openDescriptor(path, O_RDONLY, "open"));
    const std::uint64_t size = regularFileSize(descriptor.value(), path);
    if (size > maxBytes)
        throw Error(ErrorKind::Input,
            "'" + path.string() + "' has " + std::to_string(size) + " bytes, more than the " + std::to_string(maxBytes)
                + " that are read whole",
            "check that this is the right file");
    return readBytes(descriptor.value(), path, size);
}

std::string readFilePrefix(const Path& path, std::uint64_t bytes)
{
    const Descriptor descriptor(openDescriptor(path, O_RDONLY, "open"));
    return readBytes(descriptor.value(), path, std::min(bytes, regularFileSize(descriptor.value(), path)));
}

void writeFileAtomically(const Path& path, std::string_view content)
{
    AtomicFile file(path);
    file.write(content);
    file.commit();
}

FileLock::FileLock(Path path)
{
    const int descriptor = openDescriptor(path, O_RDWR | O_CREAT, "open lock file");
    const int result = guarded("lock", path, [&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); });
    if (result < 0) {
        const int code = errno;
        char holder[32] = {};
        const ssize_t got = ::pread(descriptor, holder, sizeof holder - 1, 0);
        ::close(descriptor);
        if (code != EWOULDBLOCK)
            throw fileError(code, "lock", path);
        std::string process = got > 0 ? std::string(holder, static_cast<std::size_t>(got)) : "unknown";
        process.erase(std::find(process.begin(), process.end(), '\n'), process.end());
        throw Error(ErrorKind::Resource, "'" + path.string() + "' is in use by process " + process,
            "wait until that program is done, or close it");
    }
    m_descriptor = descriptor;
    const std::string self = std::to_string(::getpid()) + "\n";
    // The process id is a courtesy for the message above; the lock holds without it (e.g. on a full disk).
    if (::ftruncate(descriptor, 0) == 0)
        (void)!::pwrite(descriptor, self.data(), self.size(), 0);
}

FileLock::~FileLock()
{
    ::close(m_descriptor); // also gives the lock back; the file stays, since deleting it would race with a taker
}

} // namespace recoscope
