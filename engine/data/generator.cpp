// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/generator.h"

#include <array>
#include <charconv>

#include "engine/core/error.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/generator_catalogue.h"
#include "engine/data/generator_optimum.h"
#include "engine/data/generator_process.h"

namespace recoscope {

namespace {

// Beyond this many the expectation is known to four digits and a large dataset need not wait for more.
constexpr std::int64_t optimumCases = 20000;

void addSequence(const PlantedProcess& process, std::int32_t user, DatasetWriter& writer)
{
    const std::int32_t userIndex = writer.userIndex(std::to_string(user + 1));
    const bool rated = process.feedbackKind() != FeedbackKind::None;
    for (const GeneratedEvent& event : process.sequence(user)) {
        const std::int32_t item = writer.itemIndex(std::to_string(process.rawItem(event.item)));
        writer.addRow(userIndex, item, process.hasTimes() ? std::optional(event.time * 1000) : std::nullopt,
            rated ? std::optional(event.feedback) : std::nullopt);
    }
}

// Lines of a delimited file, gathered so that the file sees large writes.
class CsvLines {
public:
    explicit CsvLines(AtomicFile& file)
        : m_file(file)
    {
        m_buffer.reserve(flushAt + 64);
    }

    void add(std::int64_t user, std::int64_t item, const GeneratedEvent& event, bool rated, bool timed)
    {
        number(user, ',');
        number(item, rated || timed ? ',' : '\n');
        if (rated)
            real(event.feedback, timed ? ',' : '\n');
        if (timed)
            number(event.time, '\n');
        if (m_buffer.size() >= flushAt)
            flush();
    }

    void flush()
    {
        m_file.write(m_buffer);
        m_buffer.clear();
    }

private:
    static constexpr std::size_t flushAt = 1 << 20;

    template <class T> void append(T value, char end)
    {
        std::array<char, 32> text;
        const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
        m_buffer.append(text.data(), result.ptr);
        m_buffer.push_back(end);
    }
    void number(std::int64_t value, char end) { append(value, end); }
    void real(float value, char end) { append(value, end); }

    AtomicFile& m_file;
    std::string m_buffer;
};

// The rows of a block of users in mixed order: each user's rows keep their order, users take turns at random.
template <class Visit>
void visitMixed(
    const PlantedProcess& process, std::uint64_t seed, std::int32_t firstUser, std::int32_t users, Visit visit)
{
    std::vector<std::vector<GeneratedEvent>> sequences;
    std::vector<std::int32_t> turns;
    for (std::int32_t user = 0; user < users; ++user) {
        sequences.push_back(process.sequence(firstUser + user));
        turns.insert(turns.end(), sequences.back().size(), user);
    }
    RandomStream(seed, "row order", firstUser).shuffle(turns);
    std::vector<std::size_t> next(users, 0);
    for (const std::int32_t user : turns)
        visit(firstUser + user, sequences[user][next[user]++]);
}

} // namespace

std::shared_ptr<const Dataset> generateDataset(
    const Json& parameters, std::uint64_t seed, const Path& datasetFolder, const std::string& name, Progress& progress)
{
    const Json valid = generatorSchema().validate(parameters);
    const PlantedProcess process(valid, seed);
    const GeneratedCatalogue catalogue(process, valid.at("category_noise"), seed);
    DatasetWriter writer(datasetFolder, name, "generator", "seed " + std::to_string(seed));
    for (std::int32_t user = 0; user < process.users(); ++user) {
        progress.checkCancelled();
        progress.update(0.6 * user / process.users(), "Generating events");
        addSequence(process, user, writer);
        writer.setUser(std::to_string(user + 1), catalogue.userAttributes(user));
    }
    for (std::int32_t item = 0; item < process.items(); ++item)
        writer.setItem(std::to_string(process.rawItem(item)), catalogue.item(item));
    progress.update(0.7, "Computing the optimum");
    const PlantedOptimum optimum = computeOptimum(process, optimumCases, progress);
    writer.setGenerator({{"parameters", valid}, {"seed", seed}, {"optimum", optimum.toJson()}});
    ImportReport report;
    report.rowsRead = report.rowsKept = writer.rows();
    return writer.finish(std::move(report), progress);
}

void generateCsv(const Json& parameters, std::uint64_t seed, const Path& file, Progress& progress)
{
    const Json valid = generatorSchema().validate(parameters);
    const PlantedProcess process(valid, seed);
    const bool rated = process.feedbackKind() != FeedbackKind::None;
    const bool timed = process.hasTimes();
    AtomicFile output(file);
    output.write(std::string("user,item") + (rated ? ",rating" : "") + (timed ? ",timestamp" : "") + "\n");
    CsvLines lines(output);
    constexpr std::int32_t blockUsers = 4096;
    for (std::int32_t first = 0; first < process.users(); first += blockUsers) {
        progress.checkCancelled();
        progress.update(double(first) / process.users(), "Writing " + file.filename().string());
        const std::int32_t users = std::min(blockUsers, process.users() - first);
        visitMixed(process, seed, first, users, [&](std::int32_t user, const GeneratedEvent& event) {
            lines.add(user + 1, process.rawItem(event.item), event, rated, timed);
        });
    }
    lines.flush();
    output.commit();
    progress.update(1.0, "Wrote " + file.filename().string());
}

} // namespace recoscope
