// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/dataset_export.h"

#include "engine/core/csv_file.h"
#include "engine/data/catalogue.h"

namespace recoscope {

namespace {

constexpr std::int32_t usersPerReport = 1024;

struct PartRange {
    std::int64_t begin = 0, end = 0;
    bool holds(std::int64_t position) const { return position >= begin && position < end; }
};

// Where the targets of `part` lie in the sequence of every user.
std::vector<PartRange> targetsOf(const PreparedData& data, SplitPart part)
{
    std::vector<PartRange> ranges(static_cast<std::size_t>(data.users()));
    for (const std::int32_t user : data.evaluatedUsers(part)) {
        const EvaluationCase one = data.evaluationCase(part, user);
        const std::int64_t begin = one.targets.data() - data.sequences().sequence(user).data();
        ranges[static_cast<std::size_t>(user)] = {begin, begin + static_cast<std::int64_t>(one.targets.size())};
    }
    return ranges;
}

// Raw ids by prepared index; the indices themselves when the data came without a dataset.
struct Names {
    explicit Names(const PreparedData& data)
        : data(data)
    {
        if (data.dataset()) {
            users = &data.dataset()->catalogue().rawUsers();
            items = &data.dataset()->catalogue().rawItems();
            surfaces = data.dataset()->info().surfaces;
            kinds = data.dataset()->info().kinds;
        }
    }
    void appendUser(std::string& line, std::int32_t user) const { append(line, users, data.datasetUser(user)); }
    void appendItem(std::string& line, std::int32_t item) const { append(line, items, data.datasetItem(item)); }
    std::string markHeader() const
    {
        return std::string(surfaces.empty() ? "" : ",surface") + (kinds.empty() ? "" : ",kind");
    }
    void appendMark(std::string& line, std::size_t event) const
    {
        const auto append = [&line](const std::vector<std::string>& names, std::uint8_t number) {
            if (names.empty())
                return;
            line += ',';
            if (number != EventMark::unknown)
                appendField(line, names[number]);
        };
        const std::span<const EventMark> marks = data.sequences().marks;
        const EventMark mark = marks.empty() ? EventMark() : marks[event];
        append(surfaces, mark.surface);
        append(kinds, mark.kind);
    }
    static void append(std::string& line, const std::vector<std::string>* raw, std::int32_t index)
    {
        if (raw)
            appendField(line, (*raw)[static_cast<std::size_t>(index)]);
        else
            appendNumber(line, index);
    }

    const PreparedData& data;
    const std::vector<std::string>* users = nullptr;
    const std::vector<std::string>* items = nullptr;
    std::vector<std::string> surfaces, kinds; // empty where events have none
};

void writeFigure(CsvFile& file, const char* name, double value)
{
    file.text() += "figure,";
    file.text() += name;
    file.text() += ",,";
    appendNumber(file.text(), value);
    file.endLine();
}

void writeHistogram(CsvFile& file, const char* section, const Histogram& histogram)
{
    for (std::size_t bin = 0; bin < histogram.counts.size(); ++bin) {
        std::string& line = file.text();
        line += section;
        line += ',';
        appendNumber(line, histogram.edges[bin]);
        line += ',';
        appendNumber(line, histogram.edges[bin + 1]);
        line += ',';
        appendNumber(line, histogram.counts[bin]);
        file.endLine();
    }
}

void writeMarks(CsvFile& file, const char* section, const std::vector<MarkCount>& counts)
{
    for (const MarkCount& count : counts) {
        std::string& line = file.text();
        line += section;
        line += ',';
        appendField(line, count.name.value_or(""));
        line += ",,";
        appendNumber(line, count.events);
        file.endLine();
    }
}

} // namespace

void writeSequencesCsv(const PreparedData& data, const Path& file, Progress& progress)
{
    const Names names(data);
    const std::vector<PartRange> valid = targetsOf(data, SplitPart::Valid);
    const std::vector<PartRange> test = targetsOf(data, SplitPart::Test);
    const PackedView all = data.sequences();
    CsvFile out(file);
    out.text() += "user,item,time,part" + names.markHeader();
    out.endLine();
    for (std::int32_t user = 0; user < data.users(); ++user) {
        if (user % usersPerReport == 0) {
            progress.checkCancelled();
            progress.update(static_cast<double>(user) / data.users(), "Writing events");
        }
        const auto index = static_cast<std::size_t>(user);
        const auto items = all.sequence(user);
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(items.size()); ++i) {
            std::string& line = out.text();
            const auto event = static_cast<std::size_t>(all.offsets[index] + i);
            names.appendUser(line, user);
            line += ',';
            names.appendItem(line, items[static_cast<std::size_t>(i)]);
            line += ',';
            if (data.hasTimes())
                appendNumber(line, all.times[event]);
            line += ',';
            line += test[index].holds(i)     ? splitPartName(SplitPart::Test)
                : valid[index].holds(i)      ? splitPartName(SplitPart::Valid)
                : i < data.trainLength(user) ? splitPartName(SplitPart::Train)
                                             : "unused";
            names.appendMark(line, event);
            out.endLine();
        }
    }
    out.commit();
}

void writeStatisticsCsv(const DatasetStatistics& s, const Path& file)
{
    CsvFile out(file);
    out.text() += "section,from,to,value";
    out.endLine();
    writeFigure(out, "users", static_cast<double>(s.users));
    writeFigure(out, "items", static_cast<double>(s.items));
    writeFigure(out, "interactions", static_cast<double>(s.interactions));
    writeFigure(out, "density", s.density);
    writeFigure(out, "mean_length", s.meanLength);
    writeFigure(out, "median_length", s.medianLength);
    writeFigure(out, "min_length", static_cast<double>(s.minLength));
    writeFigure(out, "max_length", static_cast<double>(s.maxLength));
    writeFigure(out, "repeat_share", s.repeatShare);
    writeFigure(out, "gini_popularity", s.giniPopularity);
    writeFigure(out, "top_percent_share", s.topPercentShare);
    writeFigure(out, "first_time", static_cast<double>(s.firstTime));
    writeFigure(out, "last_time", static_cast<double>(s.lastTime));
    writeFigure(out, "median_gap_seconds", s.medianGapSeconds);
    writeFigure(out, "same_second_share", s.sameSecondShare);
    writeHistogram(out, "events_per_user", s.lengths);
    writeHistogram(out, "events_per_item", s.popularity);
    writeHistogram(out, "gap_seconds", s.gaps);
    writeHistogram(out, "events_over_time", s.overTime);
    writeMarks(out, "surface", s.surfaces);
    writeMarks(out, "kind", s.kinds);
    out.commit();
}

void writeFindingsCsv(const std::vector<LintFinding>& findings, const Path& file)
{
    CsvFile out(file);
    out.text() += "code,severity,count,title,why,remedy,example";
    out.endLine();
    for (const LintFinding& finding : findings) {
        const std::vector<std::string> none{""};
        for (const std::string& example : finding.examples.empty() ? none : finding.examples) {
            std::string& line = out.text();
            line += finding.code;
            line += ',';
            line += lintSeverityName(finding.severity);
            line += ',';
            appendNumber(line, finding.count);
            for (const std::string* text : {&finding.title, &finding.why, &finding.remedy, &example}) {
                line += ',';
                appendField(line, *text);
            }
            out.endLine();
        }
    }
    out.commit();
}

} // namespace recoscope
