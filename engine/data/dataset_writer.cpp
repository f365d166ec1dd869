// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/dataset_writer.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <map>
#include <system_error>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/data/catalogue_writer.h"
#include "engine/data/dataset_format.h"
#include "engine/data/id_index.h"
#include "engine/data/row_store.h"

namespace recoscope {

namespace {

std::string nowIso()
{
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm utc = {};
    gmtime_r(&now, &utc);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return text;
}

// Streams one array to its file and, in the same pass, into the hash of the content.
class ArrayWriter {
public:
    ArrayWriter(const Path& folder, Sha256& hash, Progress& progress)
        : m_folder(folder)
        , m_hash(hash)
        , m_progress(progress)
    {
    }

    template <class T, class Value> void write(const std::string& name, std::int64_t count, bool hashed, Value value)
    {
        m_progress.checkCancelled();
        AtomicFile file(m_folder / (name + ".npy"));
        const std::int64_t shape[] = {count};
        const std::string header = npyHeader(npyDescr<T>(), shape);
        file.write(header);
        if (hashed)
            m_hash.update((name + header).data(), name.size() + header.size());
        std::vector<T> buffer(static_cast<std::size_t>(std::min(count, bufferRows)));
        for (std::int64_t begin = 0; begin < count; begin += bufferRows) {
            const std::int64_t rows = std::min(bufferRows, count - begin);
            for (std::int64_t row = 0; row < rows; ++row)
                buffer[static_cast<std::size_t>(row)] = value(begin + row);
            const std::size_t bytes = static_cast<std::size_t>(rows) * sizeof(T);
            file.write(buffer.data(), bytes);
            if (hashed)
                m_hash.update(buffer.data(), bytes);
            m_progress.checkCancelled();
        }
        file.commit();
    }

private:
    static constexpr std::int64_t bufferRows = 1 << 17;

    const Path& m_folder;
    Sha256& m_hash;
    Progress& m_progress;
};

void hashIds(Sha256& hash, const IdIndex& ids)
{
    std::string text;
    for (std::int32_t index = 0; index < ids.size(); ++index) {
        const std::string raw = ids.raw(index);
        text += std::to_string(raw.size()) + ":" + raw;
        if (text.size() > 65536 || index + 1 == ids.size()) {
            hash.update(text.data(), text.size());
            text.clear();
        }
    }
}

// Which indices a row names.
std::vector<bool> named(const BlockColumn<std::int32_t>& column, std::int32_t count)
{
    std::vector<bool> result(static_cast<std::size_t>(count));
    for (std::int64_t row = 0; row < column.size(); ++row)
        result[static_cast<std::size_t>(column[row])] = true;
    return result;
}

void renumber(BlockColumn<std::int32_t>& column, const std::vector<bool>& keep)
{
    std::vector<std::int32_t> renumbered(keep.size());
    std::int32_t next = 0;
    for (std::size_t index = 0; index < keep.size(); ++index)
        renumbered[index] = keep[index] ? next++ : -1;
    for (std::int64_t row = 0; row < column.size(); ++row)
        column[row] = renumbered[static_cast<std::size_t>(column[row])];
}

Path checkedTarget(Path folder)
{
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(folder, ignored)))
        throw Error(ErrorKind::Refused, "'" + folder.string() + "' exists already",
            "choose another name or delete the old dataset first");
    return folder;
}

} // namespace

struct DatasetWriter::Impl {
    Impl(Path folder, std::string name, std::string format, std::string source)
        : target(checkedTarget(std::move(folder)))
        , temporary(target)
        , catalogue(std::make_unique<CatalogueWriter>(temporary.path() / "catalogue.sqlite"))
    {
        info.name = std::move(name);
        info.format = std::move(format);
        info.source = std::move(source);
    }

    void applyPending();
    void dropUnnamed();
    void writeArrays(Progress& progress);

    Path target;
    AtomicFolder temporary;
    DatasetInfo info;
    IdIndex users{"users"};
    IdIndex items{"items"};
    RowStore rows;
    std::unique_ptr<CatalogueWriter> catalogue;
    // Attributes that came before the first row of their item or user.
    std::map<std::string, ItemAttributes, std::less<>> pendingItems;
    std::map<std::string, std::string, std::less<>> pendingUsers;
};

DatasetWriter::DatasetWriter(Path folder, std::string name, std::string format, std::string source)
    : m_impl(std::make_unique<Impl>(std::move(folder), std::move(name), std::move(format), std::move(source)))
{
}

DatasetWriter::~DatasetWriter() = default;

std::int32_t DatasetWriter::userIndex(std::string_view raw)
{
    return m_impl->users.indexOf(raw);
}

std::int32_t DatasetWriter::itemIndex(std::string_view raw)
{
    return m_impl->items.indexOf(raw);
}

void DatasetWriter::addRow(
    std::int32_t user, std::int32_t item, std::optional<std::int64_t> timeMs, std::optional<float> feedback)
{
    RowStore& rows = m_impl->rows;
    rows.requireSameShape(timeMs.has_value(), feedback.has_value());
    rows.users.push(user);
    rows.items.push(item);
    if (timeMs)
        rows.times.push(*timeMs);
    if (feedback)
        rows.feedback.push(*feedback);
}

void DatasetWriter::addIntegerRows(std::span<const std::int64_t> users, std::span<const std::int64_t> items,
    std::span<const std::int64_t> timesMs, std::span<const float> feedback)
{
    if (users.empty())
        return;
    Impl& impl = *m_impl;
    impl.rows.requireSameShape(!timesMs.empty(), !feedback.empty());
    for (const std::int64_t user : users)
        impl.rows.users.push(impl.users.indexOf(user));
    for (const std::int64_t item : items)
        impl.rows.items.push(impl.items.indexOf(item));
    for (const std::int64_t time : timesMs)
        impl.rows.times.push(time);
    for (const float value : feedback)
        impl.rows.feedback.push(value);
}

void DatasetWriter::setItem(std::string_view raw, ItemAttributes attributes)
{
    const std::int32_t index = m_impl->items.find(raw);
    if (index >= 0)
        m_impl->catalogue->setItem(index, raw, attributes);
    else
        m_impl->pendingItems.insert_or_assign(std::string(raw), std::move(attributes));
}

void DatasetWriter::setUser(std::string_view raw, std::string attributesJson)
{
    const std::int32_t index = m_impl->users.find(raw);
    if (index >= 0)
        m_impl->catalogue->setUser(index, raw, attributesJson);
    else
        m_impl->pendingUsers.insert_or_assign(std::string(raw), std::move(attributesJson));
}

void DatasetWriter::setGenerator(Json generator)
{
    m_impl->info.generator = std::move(generator);
}

bool DatasetWriter::knowsItem(std::string_view raw) const
{
    return m_impl->items.find(raw) >= 0;
}

std::int64_t DatasetWriter::rows() const
{
    return m_impl->rows.size();
}

void DatasetWriter::Impl::applyPending()
{
    for (const auto& [raw, attributes] : pendingItems) {
        if (const std::int32_t index = items.find(raw); index >= 0)
            catalogue->setItem(index, raw, attributes);
    }
    for (const auto& [raw, attributes] : pendingUsers) {
        if (const std::int32_t index = users.find(raw); index >= 0)
            catalogue->setUser(index, raw, attributes);
    }
    pendingItems.clear();
    pendingUsers.clear();
}

void DatasetWriter::Impl::dropUnnamed()
{
    const std::vector<bool> keepUsers = named(rows.users, users.size());
    if (std::find(keepUsers.begin(), keepUsers.end(), false) != keepUsers.end()) {
        users.compact(keepUsers);
        catalogue->compactUsers(keepUsers);
        renumber(rows.users, keepUsers);
    }
    const std::vector<bool> keepItems = named(rows.items, items.size());
    if (std::find(keepItems.begin(), keepItems.end(), false) != keepItems.end()) {
        items.compact(keepItems);
        catalogue->compactItems(keepItems);
        renumber(rows.items, keepItems);
    }
}

void DatasetWriter::Impl::writeArrays(Progress& progress)
{
    const std::vector<std::int64_t> offsets = offsetsByUser(rows, users.size());
    progress.update(0.82, "Sorting");
    const std::vector<std::uint32_t> order = sortedRows(rows, offsets);
    const std::int64_t count = rows.size();
    const Path folder = temporary.path() / "interactions";
    std::filesystem::create_directory(folder);
    Sha256 hash;
    ArrayWriter arrays(folder, hash, progress);
    progress.update(0.86, "Writing interactions");
    const auto at = [&order](std::int64_t row) { return order[static_cast<std::size_t>(row)]; };
    // The offsets tell the users, so the users need no second place in the hash.
    arrays.write<std::int32_t>("user", count, false, [&](std::int64_t row) { return rows.users[at(row)]; });
    rows.users.clear();
    arrays.write<std::int32_t>("item", count, true, [&](std::int64_t row) { return rows.items[at(row)]; });
    rows.items.clear();
    if (rows.hasTimes)
        arrays.write<std::int64_t>("time", count, true, [&](std::int64_t row) { return rows.times[at(row)]; });
    rows.times.clear();
    if (rows.hasFeedback)
        arrays.write<float>("feedback", count, true, [&](std::int64_t row) { return rows.feedback[at(row)]; });
    rows.feedback.clear();
    arrays.write<std::int64_t>("order", count, true, [&](std::int64_t row) { return std::int64_t(at(row)); });
    ArrayWriter top(temporary.path(), hash, progress);
    top.write<std::int64_t>("offsets", static_cast<std::int64_t>(offsets.size()), true,
        [&](std::int64_t row) { return offsets[static_cast<std::size_t>(row)]; });
    hashIds(hash, users);
    hashIds(hash, items);
    info.contentHash = hash.finish();
}

std::shared_ptr<const Dataset> DatasetWriter::finish(ImportReport report, Progress& progress)
{
    Impl& impl = *m_impl;
    if (impl.rows.size() == 0)
        throw Error(ErrorKind::Input, "'" + impl.info.source + "' has no row that could be read",
            "check the format, the delimiter and which columns hold user and item");
    const auto begin = std::chrono::steady_clock::now();
    DatasetInfo& info = impl.info;
    impl.applyPending();
    impl.dropUnnamed();
    info.users = impl.users.size();
    info.items = impl.items.size();
    info.interactions = impl.rows.size();
    info.hasTimes = impl.rows.hasTimes;
    info.hasFeedback = impl.rows.hasFeedback;
    info.created = nowIso();
    impl.writeArrays(progress);
    progress.update(0.95, "Writing catalogue");
    impl.catalogue->finish(impl.users, impl.items);
    report.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    info.report = std::move(report);
    writeJson(impl.temporary.path() / "dataset.json", datasetInfoToJson(info));
    progress.checkCancelled();
    impl.temporary.commit();
    progress.update(1.0, "Dataset written");
    return Dataset::open(impl.target);
}

} // namespace recoscope
