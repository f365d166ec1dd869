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

// One array on its way to its file, hashed as it goes.
template <class T> class ArrayStream {
public:
    ArrayStream(const Path& folder, const std::string& name, std::int64_t count)
        : m_name(name)
        , m_file(folder / (name + ".npy"))
    {
        const std::int64_t shape[] = {count};
        const std::string header = npyHeader(npyDescr<T>(), shape);
        write(header.data(), header.size());
        m_buffer.reserve(bufferValues);
    }

    void push(T value)
    {
        m_buffer.push_back(value);
        if (m_buffer.size() == bufferValues)
            flush();
    }
    // Completes the file and returns "name sha256-of-the-file\n".
    std::string finish()
    {
        flush();
        m_file.commit();
        return m_name + " " + m_hash.finish() + "\n";
    }

private:
    static constexpr std::size_t bufferValues = 1 << 15;

    void write(const void* data, std::size_t bytes)
    {
        m_file.write(data, bytes);
        m_hash.update(data, bytes);
    }
    void flush()
    {
        write(m_buffer.data(), m_buffer.size() * sizeof(T));
        m_buffer.clear();
    }

    std::string m_name;
    AtomicFile m_file;
    Sha256 m_hash;
    std::vector<T> m_buffer;
};

std::string hashOfNames(const std::string& name, const std::vector<std::string>& names)
{
    std::string text;
    for (const std::string& own : names)
        text += std::to_string(own.size()) + ":" + own;
    return name + " " + sha256Hex(text) + "\n";
}

std::string hashOfIds(const std::string& name, const IdIndex& ids)
{
    Sha256 hash;
    std::string text;
    for (std::int32_t index = 0; index < ids.size(); ++index) {
        const std::string raw = ids.raw(index);
        text += std::to_string(raw.size()) + ":" + raw;
        if (text.size() > 65536 || index + 1 == ids.size()) {
            hash.update(text.data(), text.size());
            text.clear();
        }
    }
    return name + " " + hash.finish() + "\n";
}

// Which indices a row names. `indexOf(row)` is a reference into the store.
template <class IndexOf> std::vector<bool> named(std::int64_t rows, std::int32_t count, IndexOf indexOf)
{
    std::vector<bool> result(static_cast<std::size_t>(count));
    for (std::int64_t row = 0; row < rows; ++row)
        result[static_cast<std::size_t>(indexOf(row))] = true;
    return result;
}

template <class IndexOf> void renumber(std::int64_t rows, const std::vector<bool>& keep, IndexOf indexOf)
{
    std::vector<std::int32_t> renumbered(keep.size());
    std::int32_t next = 0;
    for (std::size_t index = 0; index < keep.size(); ++index)
        renumbered[index] = keep[index] ? next++ : -1;
    for (std::int64_t row = 0; row < rows; ++row)
        indexOf(row) = renumbered[static_cast<std::size_t>(indexOf(row))];
}

bool allSet(const std::vector<bool>& flags)
{
    return std::find(flags.begin(), flags.end(), false) == flags.end();
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
    RowStore store;
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

void DatasetWriter::setMarkNames(std::vector<std::string> surfaces, std::vector<std::string> kinds)
{
    m_impl->info.surfaces = std::move(surfaces);
    m_impl->info.kinds = std::move(kinds);
}

void DatasetWriter::addRow(std::int32_t user, std::int32_t item, std::optional<std::int64_t> timeMs,
    std::optional<float> feedback, EventMark mark)
{
    RowStore& store = m_impl->store;
    store.requireSameShape(timeMs.has_value(), feedback.has_value());
    store.users.push(user);
    store.rows.push({timeMs.value_or(0), item, feedback.value_or(0.0f)});
    store.pushMark(mark);
}

void DatasetWriter::addIntegerRows(std::span<const std::int64_t> users, std::span<const std::int64_t> items,
    std::span<const std::int64_t> timesMs, std::span<const float> feedback, std::span<const EventMark> marks)
{
    if (users.empty())
        return;
    Impl& impl = *m_impl;
    impl.store.requireSameShape(!timesMs.empty(), !feedback.empty());
    for (std::size_t row = 0; row < users.size(); ++row) {
        impl.store.users.push(impl.users.indexOf(users[row]));
        impl.store.rows.push({timesMs.empty() ? 0 : timesMs[row], impl.items.indexOf(items[row]),
            feedback.empty() ? 0.0f : feedback[row]});
        if (!marks.empty())
            impl.store.pushMark(marks[row]);
    }
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
    return m_impl->store.size();
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
    const auto userOf = [this](std::int64_t row) -> std::int32_t& { return store.users[row]; };
    const auto itemOf = [this](std::int64_t row) -> std::int32_t& { return store.rows[row].item; };
    const std::vector<bool> keepUsers = named(store.size(), users.size(), userOf);
    if (!allSet(keepUsers)) {
        users.compact(keepUsers);
        catalogue->compactUsers(keepUsers);
        renumber(store.size(), keepUsers, userOf);
    }
    const std::vector<bool> keepItems = named(store.size(), items.size(), itemOf);
    if (!allSet(keepItems)) {
        items.compact(keepItems);
        catalogue->compactItems(keepItems);
        renumber(store.size(), keepItems, itemOf);
    }
}

void DatasetWriter::Impl::writeArrays(Progress& progress)
{
    progress.update(0.82, "Sorting");
    const std::vector<std::int64_t> offsets = offsetsByUser(store, users.size());
    const std::vector<std::uint32_t> order = rowsByUser(store, offsets);
    const std::int64_t count = store.size();
    const Path folder = temporary.path() / "interactions";
    std::filesystem::create_directory(folder);
    progress.update(0.86, "Writing interactions");
    ArrayStream<std::int32_t> userColumn(folder, "user", count), itemColumn(folder, "item", count);
    ArrayStream<std::int64_t> orderColumn(folder, "order", count);
    std::optional<ArrayStream<std::int64_t>> timeColumn;
    std::optional<ArrayStream<float>> feedbackColumn;
    if (store.hasTimes)
        timeColumn.emplace(folder, "time", count);
    if (store.hasFeedback)
        feedbackColumn.emplace(folder, "feedback", count);
    std::optional<ArrayStream<std::uint8_t>> surfaceColumn, kindColumn;
    if (!info.surfaces.empty())
        surfaceColumn.emplace(folder, "surface", count);
    if (!info.kinds.empty())
        kindColumn.emplace(folder, "kind", count);
    std::vector<NumberedRow> own;
    for (std::int32_t user = 0; user < users.size(); ++user) {
        const std::int64_t begin = offsets[static_cast<std::size_t>(user)];
        const std::int64_t end = offsets[static_cast<std::size_t>(user) + 1];
        gatherByTime(store,
            std::span(order).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), own);
        for (const NumberedRow& row : own) {
            userColumn.push(user);
            itemColumn.push(row.row.item);
            orderColumn.push(row.number);
            if (timeColumn)
                timeColumn->push(row.row.time);
            if (feedbackColumn)
                feedbackColumn->push(row.row.feedback);
            if (surfaceColumn)
                surfaceColumn->push(store.markOf(row.number).surface);
            if (kindColumn)
                kindColumn->push(store.markOf(row.number).kind);
        }
        if (user % 1024 == 0)
            progress.checkCancelled();
    }
    store = RowStore();
    ArrayStream<std::int64_t> offsetColumn(temporary.path(), "offsets", static_cast<std::int64_t>(offsets.size()));
    for (const std::int64_t offset : offsets)
        offsetColumn.push(offset);
    std::string content = userColumn.finish() + itemColumn.finish() + orderColumn.finish() + offsetColumn.finish();
    content += timeColumn ? timeColumn->finish() : "";
    content += feedbackColumn ? feedbackColumn->finish() : "";
    content += surfaceColumn ? surfaceColumn->finish() + hashOfNames("surfaces", info.surfaces) : "";
    content += kindColumn ? kindColumn->finish() + hashOfNames("kinds", info.kinds) : "";
    content += hashOfIds("users", users) + hashOfIds("items", items);
    info.contentHash = sha256Hex(content);
}

std::shared_ptr<const Dataset> DatasetWriter::finish(ImportReport report, Progress& progress)
{
    Impl& impl = *m_impl;
    if (impl.store.size() == 0)
        throw Error(ErrorKind::Input, "'" + impl.info.source + "' has no row that could be read",
            "check the format, the delimiter and which columns hold user and item");
    const auto begin = std::chrono::steady_clock::now();
    DatasetInfo& info = impl.info;
    impl.applyPending();
    impl.dropUnnamed();
    info.users = impl.users.size();
    info.items = impl.items.size();
    info.interactions = impl.store.size();
    info.hasTimes = impl.store.hasTimes;
    info.hasFeedback = impl.store.hasFeedback;
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
