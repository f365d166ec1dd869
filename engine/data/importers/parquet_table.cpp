// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/parquet_table.h"

#include <algorithm>
#include <new>
#include <system_error>

#include "engine/core/error.h"
#include "engine/core/plugin.h"
#include "engine/data/importers/byte_source.h"
#include "engine/data/importers/drop_log.h"
#include "engine/data/parquet/parquet_api.h"

namespace recoscope {

namespace {

constexpr const char* parquetLibraryName = "librecoscope_parquet.so";

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
    try {
        // libparquet and this program each hold a simdjson of their own: neither may see the other's.
        const auto entry = reinterpret_cast<const ParquetApi* (*)()>(
            pluginFunction(*file, "recoscope_parquet_api", PluginSymbols::Own));
        const ParquetApi* api = entry ? entry() : nullptr;
        if (!api || api->version != ParquetApi::currentVersion || api->bytes != sizeof(ParquetApi))
            throw pluginOfAnotherVersion(*file);
        return *api;
    } catch (const Error& error) {
        throw Error(error.kind(), "Parquet files cannot be read: " + error.message(), error.hint());
    }
}

const ParquetApi& parquetReader()
{
    static const ParquetApi& api = loadParquetReader(pluginPlaces(parquetLibraryName, "RECOSCOPE_PARQUET_LIBRARY"));
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
