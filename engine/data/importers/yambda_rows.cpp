// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/yambda_rows.h"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/core/error.h"
#include "engine/data/importers/field_values.h"
#include "engine/data/importers/interaction_reader.h"

namespace recoscope {

namespace {

constexpr std::size_t batchEvents = 65536;
constexpr std::array eventKinds = {"listen", "like", "dislike", "unlike", "undislike"};
constexpr std::array eventSurfaces = {"recommended", "organic"}; // by is_organic

std::vector<std::string> parseEvents(const std::string& text)
{
    std::vector<std::string> kinds;
    for (std::size_t begin = 0; !text.empty() && begin <= text.size();) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        const std::string kind = text.substr(begin, comma - begin);
        if (std::find(eventKinds.begin(), eventKinds.end(), kind) == eventKinds.end())
            throw Error(ErrorKind::Usage, "'" + printable(kind) + "' is no kind of event",
                "--events takes listen, like, dislike, unlike and undislike, separated by commas");
        kinds.push_back(kind);
        begin = comma + 1;
    }
    return kinds;
}

std::int64_t millisecondsOf(const std::string& unit)
{
    const TimeUnit parsed = unit.empty() ? TimeUnit::Seconds : parseTimeUnit(unit);
    if (parsed != TimeUnit::Seconds && parsed != TimeUnit::Milliseconds)
        throw Error(ErrorKind::Usage, "times of a Parquet file of events cannot be read as '" + unit + "'",
            "use --time-unit seconds or milliseconds");
    return parsed == TimeUnit::Seconds ? 1000 : 1;
}

bool listensWanted(const std::vector<std::string>& events)
{
    return events.empty() || std::find(events.begin(), events.end(), "listen") != events.end();
}

} // namespace

YambdaReader::YambdaReader(
    const ParquetTable& table, const ImportOptions& options, DatasetWriter& writer, DropLog& drops)
    : m_table(table)
    , m_columns(yambdaColumns(table, options))
    , m_events(parseEvents(options.events))
    , m_minRating(options.minRating)
    , m_timeFactor(millisecondsOf(options.timeUnit))
    , m_rated(m_columns.ratio && listensWanted(m_events))
    , m_writer(writer)
    , m_drops(drops)
{
    if (!m_events.empty() && !m_columns.event)
        throw Error(ErrorKind::Usage, "'" + table.name() + "' has no column 'event_type' for --events to choose by",
            "leave --events out, or import multi_event.parquet");
    if (m_minRating && !m_rated)
        throw Error(ErrorKind::Usage, "'" + table.name() + "' has no played ratios for --min-rating to compare with",
            "leave --min-rating out, or import listens.parquet");
    if (!m_columns.warning.empty())
        m_drops.warn(m_columns.warning);
    std::vector<std::string> surfaces, kinds;
    if (m_columns.organic)
        surfaces.assign(eventSurfaces.begin(), eventSurfaces.end());
    if (m_columns.event && m_events.size() != 1)
        kinds.assign(eventKinds.begin(), eventKinds.end());
    m_writer.setMarkNames(std::move(surfaces), std::move(kinds));
}

void YambdaReader::read(Progress& progress)
{
    m_rows = m_table.read(m_columns.numbers);
    const double rows = static_cast<double>(std::max<std::int64_t>(m_table.rows(), 1));
    const std::int64_t step = m_columns.sequential ? 16 : 8192; // rows between looks at the clock
    while (m_rows->next()) {
        takeRow();
        if (m_rows->row() % step == 0) {
            progress.checkCancelled();
            progress.update(readingShare * std::min(1.0, static_cast<double>(m_rows->row()) / rows),
                "Reading " + m_table.name() + " · " + std::to_string(m_rows->row()) + " / "
                    + std::to_string(m_table.rows()) + " rows");
        }
    }
    flush();
    if (m_unknownPlaces > 0)
        m_drops.warn(std::to_string(m_unknownPlaces) + " events of '" + m_table.name()
            + "' have an is_organic that is neither 0 nor 1; where they took place is kept as not known");
    if (m_writer.rows() == 0)
        throw Error(ErrorKind::Input,
            "'" + m_table.name() + "' has no event that could be read"
                + (m_drops.summary().empty() ? " (no rows)" : ": " + m_drops.summary()),
            "check that it is one of Yambda's event files");
}

void YambdaReader::takeRow()
{
    const auto dropRow = [this](const char* reason) { m_drops.drop(reason, m_rows->row(), m_table.name()); };
    const std::size_t events = m_rows->cells(m_columns.item).size();
    for (std::size_t place = 0; place < m_columns.numbers.size(); ++place) {
        if (place != m_columns.user && m_rows->cells(place).size() != events)
            return dropRow("lists of unequal lengths");
    }
    if (!m_rows->cells(m_columns.user).known[0])
        return dropRow("user is missing");
    for (std::size_t entry = 0; entry < events; ++entry)
        takeEvent(entry);
}

bool YambdaReader::isListen(std::size_t entry) const
{
    return !m_columns.event || m_rows->cells(*m_columns.event).texts[entry] == "listen";
}

const char* YambdaReader::problemOf(std::size_t entry) const
{
    const auto known = [&](std::size_t place) { return m_rows->cells(place).known[entry] != 0; };
    if (!known(m_columns.item))
        return "item is missing";
    if (!known(m_columns.time))
        return "time is missing";
    const std::int64_t time = m_rows->cells(m_columns.time).numbers[entry];
    if (time < firstTimeMs / m_timeFactor || time > lastTimeMs / m_timeFactor)
        return "time is outside of the years 1 to 9999";
    if (m_columns.event) {
        const std::string& kind = m_rows->cells(*m_columns.event).texts[entry];
        if (std::find(eventKinds.begin(), eventKinds.end(), kind) == eventKinds.end())
            return "kind of event is missing or unknown";
        if (!m_events.empty() && std::find(m_events.begin(), m_events.end(), kind) == m_events.end())
            return "left out by --events";
    }
    if (m_rated && isListen(entry) && !known(*m_columns.ratio))
        return "played ratio is missing";
    // Unknown ratings are below every minimum, as they are for the protocol's min_rating.
    const auto& ratios = m_rows->cells(m_rated ? *m_columns.ratio : m_columns.item).numbers;
    if (m_minRating && (!isListen(entry) || static_cast<double>(ratios[entry]) < *m_minRating))
        return "rating is below the minimum";
    return nullptr;
}

EventMark YambdaReader::markOf(std::size_t entry)
{
    EventMark mark;
    if (m_columns.event) {
        const std::string& kind = m_rows->cells(*m_columns.event).texts[entry];
        mark.kind
            = static_cast<std::uint8_t>(std::find(eventKinds.begin(), eventKinds.end(), kind) - eventKinds.begin());
    }
    if (m_columns.organic) {
        const ParquetCells& organic = m_rows->cells(*m_columns.organic);
        if (organic.known[entry] && (organic.numbers[entry] == 0 || organic.numbers[entry] == 1))
            mark.surface = static_cast<std::uint8_t>(organic.numbers[entry]);
        else
            ++m_unknownPlaces;
    }
    return mark;
}

void YambdaReader::takeEvent(std::size_t entry)
{
    const auto number = [&](std::size_t place) { return m_rows->cells(place).numbers[entry]; };
    if (const char* problem = problemOf(entry)) {
        m_drops.drop(problem, m_rows->row(),
            "item " + std::to_string(number(m_columns.item)) + " at " + std::to_string(number(m_columns.time)));
        return;
    }
    m_users.push_back(m_rows->cells(m_columns.user).numbers[0]);
    m_items.push_back(number(m_columns.item));
    m_times.push_back(number(m_columns.time) * m_timeFactor);
    if (m_rated)
        m_ratings.push_back(
            isListen(entry) ? static_cast<float>(number(*m_columns.ratio)) : std::numeric_limits<float>::quiet_NaN());
    m_marks.push_back(markOf(entry));
    m_drops.kept();
    if (m_users.size() == batchEvents)
        flush();
}

void YambdaReader::flush()
{
    m_writer.addIntegerRows(m_users, m_items, m_times, m_ratings, m_marks);
    m_users.clear();
    m_items.clear();
    m_times.clear();
    m_ratings.clear();
    m_marks.clear();
}

} // namespace recoscope
