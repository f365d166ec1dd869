// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/parquet_table.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <system_error>

#include "engine/core/error.h"
#include "engine/data/importers/byte_source.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/parquet/parquet_api.h"

namespace recoscope {

namespace {

constexpr const char* parquetLibraryName = "librecoscope_parquet.so";

// libparquet and this program each hold a simdjson of their own: neither may see the other's.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int apart = RTLD_NOW | RTLD_LOCAL; // the sanitizers do not allow more
#else
constexpr int apart = RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND;
#endif

std::vector<std::string> parquetLibraryPlaces()
{
    if (const char* named = std::getenv("RECOSCOPE_PARQUET_LIBRARY"))
        return {named};
    std::error_code ignored;
    const Path folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    std::vector<std::string> files;
    for (const char* place : {".", "../lib", "../../lib"})
        files.push_back((folder / place / parquetLibraryName).lexically_normal().string());
    return files;
}

// Exceptions of the library become ours here.
template <class Call> auto guardedParquet(const std::string& file, Call call)
{
    try {
        return call();
    } catch (const std::bad_alloc&) {
        throw Error(ErrorKind::Resource, "'" + file + "' needs more memory than there is",
            "close other programs, or write the file with smaller pages");
    } catch (const std::exception& error) {
        throw Error(ErrorKind::Input, "'" + file + "' cannot be read as Parquet: " + printable(error.what()),
            "check that the file was copied completely: a Parquet file begins and ends with PAR1");
    }
}

class GuardedRows final : public ParquetRows {
public:
    GuardedRows(std::string name, std::unique_ptr<ParquetRows> inner)
        : m_name(std::move(name))
        , m_inner(std::move(inner))
    {
    }
    bool next() override
    {
        return guardedParquet(m_name, [this] { return m_inner->next(); });
    }
    const ParquetCells& cells(std::size_t place) const override { return m_inner->cells(place); }
    std::int64_t row() const override { return m_inner->row(); }

private:
    std::string m_name;
    std::unique_ptr<ParquetRows> m_inner;
};

class GuardedTable final : public ParquetTable {
public:
    GuardedTable(const ParquetApi& api, const Path& file)
    {
        m_name = file.filename().string();
        m_inner = guardedParquet(m_name, [&] {
            m_bytes = std::filesystem::file_size(file);
            return std::unique_ptr<ParquetTable>(api.open(file.c_str()));
        });
        m_columns = m_inner->columns();
        m_rows = m_inner->rows();
    }
    std::uint64_t entries(const std::vector<std::size_t>& columns) const override
    {
        return guardedParquet(m_name, [&] { return m_inner->entries(columns); });
    }
    std::unique_ptr<ParquetRows> read(const std::vector<std::size_t>& columns) const override
    {
        // What the file says it holds, before anything of it is unpacked.
        constexpr std::uint64_t entryBytes = 8, most = std::uint64_t(1) << 50;
        checkUnpacked(m_name, m_bytes, std::min(entries(columns), most) * entryBytes, {});
        return guardedParquet(m_name, [&] { return std::make_unique<GuardedRows>(m_name, m_inner->read(columns)); });
    }

private:
    std::uint64_t m_bytes = 0;
    std::unique_ptr<ParquetTable> m_inner;
};

} // namespace

const ParquetApi& loadParquetReader(const std::vector<std::string>& files)
{
    std::error_code ignored;
    const auto file = std::find_if(
        files.begin(), files.end(), [&](const std::string& place) { return std::filesystem::exists(place, ignored); });
    if (file == files.end())
        throw Error(ErrorKind::Resource,
            std::string("Parquet files cannot be read: this build has no Parquet reader (") + parquetLibraryName + ")",
            "with a network, ./run.sh --build-only fetches the reader and builds it (docs/dependencies.md); or export "
            "the "
            "table as CSV and import that");
    const auto refuse = [&](const std::string& why) -> Error {
        return {ErrorKind::Resource, "Parquet files cannot be read: " + *file + " cannot be used: " + why,
            "build it together with this program"};
    };
    void* handle = dlopen(file->c_str(), apart);
    if (!handle)
        throw refuse(dlerror());
    const auto entry = reinterpret_cast<const ParquetApi* (*)()>(dlsym(handle, "recoscope_parquet_api"));
    const ParquetApi* api = entry ? entry() : nullptr;
    if (!api || api->version != ParquetApi::currentVersion || api->bytes != sizeof(ParquetApi))
        throw refuse("it belongs to another version");
    return *api;
}

const ParquetApi& parquetReader()
{
    static const ParquetApi& api = loadParquetReader(parquetLibraryPlaces());
    return api;
}

std::unique_ptr<ParquetTable> openParquet(const Path& file)
{
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored))
        throw Error(ErrorKind::NotFound, "there is no file '" + file.string() + "'", "check the name and the folder");
    return std::make_unique<GuardedTable>(parquetReader(), file);
}

} // namespace recoscope
