// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/interaction_reader.h"

#include <cmath>
#include <limits>

#include "engine/core/error.h"

namespace recoscope {

namespace {

// A quote that nobody closes must not swallow the rest of the file.
constexpr int maxOpenLines = 100;

std::string droppedBelow(double minimum)
{
    std::string text = std::to_string(minimum);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.'))
        text.pop_back();
    return "rating is below " + text;
}

} // namespace

InteractionReader::InteractionReader(DelimitedLayout layout, const ImportOptions& options, const std::string& file,
    DatasetWriter& writer, DropLog& drops)
    : m_layout(std::move(layout))
    , m_minRating(options.minRating)
    , m_writer(writer)
    , m_drops(drops)
    , m_fast(m_layout)
    , m_splitter(m_layout.delimiter, m_layout.quote)
    , m_batch(std::make_unique<RowBatch>())
{
    if (m_minRating && m_layout.rating < 0)
        throw Error(ErrorKind::Usage, "a minimum rating was given, but no column holds ratings",
            "name the column (--rating), or leave the minimum out");
    const auto nameOf = [this](int column) { return m_layout.columns[static_cast<std::size_t>(column)]; };
    if (m_layout.surface >= 0)
        m_surfaces.emplace(MarkColumn::Source{"surface", nameOf(m_layout.surface), file, !options.surface.empty()});
    if (m_layout.kind >= 0)
        m_kinds.emplace(MarkColumn::Source{"kind", nameOf(m_layout.kind), file, !options.kind.empty()});
}

void InteractionReader::read(std::unique_ptr<ByteSource> packed, Progress& progress)
{
    LineReader lines(readText(std::move(packed), m_layout.encoding));
    const std::string text = "Reading " + lines.name();
    std::string_view block;
    if (m_layout.header)
        lines.next(block);
    m_line = lines.lineNumber();
    while (lines.nextBlock(block)) {
        if (lines.tooLong()) {
            flush();
            m_drops.drop("line is longer than 10 MB", ++m_line, block);
        } else {
            readBlock(block, lines);
        }
        progress.checkCancelled();
        progress.update(readingShare * lines.fraction(), text);
    }
    flush();
    closeOpenRecord();
    if (m_latin1Lines > 0)
        m_drops.warn(std::to_string(m_latin1Lines) + " lines are not valid UTF-8 and were read as Latin-1");
    if (m_negativeTimes > 0)
        m_drops.warn(std::to_string(m_negativeTimes) + " rows have a time before 1970; they were kept");
    if (m_writer.rows() == 0)
        throw Error(ErrorKind::Input,
            "'" + lines.name() + "' has no row that could be read"
                + (m_drops.summary().empty() ? " (header only, or empty)" : ": " + m_drops.summary()),
            "check the delimiter and which columns hold user, item, time and rating");
    finishMarks();
}

void InteractionReader::finishMarks()
{
    for (const auto* column : {&m_surfaces, &m_kinds}) {
        if (*column)
            (*column)->report(m_writer.rows(), m_drops);
    }
    const auto names = [](const auto& column) { return column ? column->names() : std::vector<std::string>(); };
    m_writer.setMarkNames(names(m_surfaces), names(m_kinds));
}

EventMark InteractionReader::markOf(std::int64_t number)
{
    const auto field = [this](int column) { return m_splitter.fields()[static_cast<std::size_t>(column)]; };
    EventMark mark;
    if (m_surfaces)
        mark.surface = m_surfaces->numberOf(field(m_layout.surface), number);
    if (m_kinds)
        mark.kind = m_kinds->numberOf(field(m_layout.kind), number);
    return mark;
}

void InteractionReader::readBlock(std::string_view block, LineReader& lines)
{
    m_fast.begin(block);
    while (!m_fast.atEnd()) {
        if (m_open.empty()) {
            if (m_batch->size == 0)
                m_batchLine = m_line + 1;
            m_line += static_cast<std::int64_t>(m_fast.parse(*m_batch));
            if (m_batch->size == RowBatch::capacity) {
                flush();
                continue;
            }
            if (m_fast.atEnd())
                break;
        }
        flush();
        slowLine(m_fast.takeLine(), ++m_line);
    }
}

void InteractionReader::dropBelowMinimum()
{
    RowBatch& batch = *m_batch;
    std::size_t kept = 0;
    for (std::size_t row = 0; row < batch.size; ++row) {
        if (batch.ratings[row] < static_cast<float>(*m_minRating)) {
            m_drops.drop(droppedBelow(*m_minRating), m_batchLine + static_cast<std::int64_t>(row),
                std::to_string(batch.users[row]) + m_layout.delimiter + std::to_string(batch.items[row]));
            continue;
        }
        batch.users[kept] = batch.users[row];
        batch.items[kept] = batch.items[row];
        batch.times[kept] = batch.times[row];
        batch.ratings[kept] = batch.ratings[row];
        ++kept;
    }
    batch.size = kept;
}

void InteractionReader::flush()
{
    RowBatch& batch = *m_batch;
    if (m_minRating && m_layout.rating >= 0)
        dropBelowMinimum();
    const std::size_t rows = batch.size;
    if (m_layout.timeUnit == TimeUnit::Seconds && m_layout.time >= 0) {
        for (std::size_t row = 0; row < rows; ++row)
            batch.times[row] *= 1000;
    }
    using Span = std::span<const std::int64_t>;
    m_writer.addIntegerRows(Span(batch.users.data(), rows), Span(batch.items.data(), rows),
        m_layout.time >= 0 ? Span(batch.times.data(), rows) : Span(),
        m_layout.rating >= 0 ? std::span<const float>(batch.ratings.data(), rows) : std::span<const float>());
    m_drops.kept(static_cast<std::int64_t>(rows));
    batch.size = 0;
}

void InteractionReader::slowLine(std::string_view line, std::int64_t number)
{
    if (!m_open.empty()) {
        m_open.append("\n").append(line);
        ++m_openLines;
        if (m_splitter.split(m_open)) {
            const std::string record = std::move(m_open);
            m_open.clear();
            addFields(record, m_openLine);
        } else if (m_openLines >= maxOpenLines || m_open.size() > maxLineBytes) {
            closeOpenRecord();
        }
        return;
    }
    slowRecord(line, number, true);
}

void InteractionReader::slowRecord(std::string_view record, std::int64_t number, bool mayContinue)
{
    if (trimmed(record).empty())
        return;
    if (record.find('\0') != std::string_view::npos) {
        m_drops.drop("line contains NUL bytes", number, record);
        return;
    }
    std::string converted;
    if (!isUtf8(record)) {
        ++m_latin1Lines;
        converted = latin1ToUtf8(record);
        record = converted;
    }
    if (m_splitter.split(record)) {
        addFields(record, number);
    } else if (!mayContinue) {
        m_drops.drop("quote is never closed", number, record);
    } else {
        m_open = record;
        m_openLine = number;
        m_openLines = 1;
    }
}

// The quote was never meant to open a field that spans lines, so each line stands for itself.
void InteractionReader::closeOpenRecord()
{
    const std::string record = std::move(m_open);
    m_open.clear();
    std::int64_t number = m_openLine;
    for (std::size_t begin = 0; begin < record.size(); ++number) {
        const std::size_t end = std::min(record.find('\n', begin), record.size());
        slowRecord(std::string_view(record).substr(begin, end - begin), number, false);
        begin = end + 1;
    }
}

void InteractionReader::addFields(std::string_view record, std::int64_t number)
{
    const auto& fields = m_splitter.fields();
    const auto drop = [&](std::string_view reason) { m_drops.drop(reason, number, record); };
    if (fields.size() != m_layout.columns.size())
        return drop("wrong number of fields (" + std::to_string(m_layout.columns.size()) + " expected)");
    const auto field = [&](int column) { return fields[static_cast<std::size_t>(column)]; };
    if (field(m_layout.user).empty())
        return drop("user is empty");
    if (field(m_layout.item).empty())
        return drop("item is empty");
    std::optional<float> rating;
    if (m_layout.rating >= 0) {
        const std::optional<double> value = parseNumber(field(m_layout.rating));
        if (!value)
            return drop(trimmed(field(m_layout.rating)).empty() ? "rating is empty" : "rating is not a number");
        if (!std::isfinite(*value) || std::abs(*value) > std::numeric_limits<float>::max())
            return drop("rating is not finite");
        rating = static_cast<float>(*value);
        if (m_minRating && *rating < static_cast<float>(*m_minRating))
            return drop(droppedBelow(*m_minRating));
    }
    std::optional<std::int64_t> time;
    if (m_layout.time >= 0) {
        time = parseTime(field(m_layout.time), m_layout.timeUnit);
        if (!time)
            return drop(parseNumber(field(m_layout.time)) ? "time is out of range" : "time is not a number or date");
        m_negativeTimes += *time < 0;
    }
    m_writer.addRow(m_writer.userIndex(field(m_layout.user)), m_writer.itemIndex(field(m_layout.item)), time, rating,
        markOf(number));
    m_drops.kept();
}

} // namespace recoscope
