// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Serving LRURec: the states of 100,000 users in one file, in batches and user by user; and the memory that a long
// history takes, in chunks and in one pass.
#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/core/random.h"
#include "engine/kernels/ops.h"
#include "engine/models/registry.h"
#include "engine/nn/chunked_reading.h"
#include "engine/nn/neural_trained_model.h"
#include "engine/serving/request_server.h"
#include "engine/serving/state_file.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

#include <malloc.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>

namespace recoscope {

namespace {

constexpr std::int64_t servedItems = 5000, servedWidth = 64;

std::shared_ptr<NeuralModel> lruRecOf(std::int64_t maxLength)
{
    ModelSetup setup;
    setup.items = servedItems;
    setup.maxLength = maxLength;
    setup.parameters = findModel("lrurec").schema.validate({{"hidden", servedWidth}});
    return buildNeuralModel("lrurec", setup);
}

PackedSequences drawHistories(std::int64_t users, std::int64_t events)
{
    RandomStream stream(3, "bench histories");
    PackedSequences out;
    std::vector<std::int32_t> items(static_cast<std::size_t>(events));
    for (std::int64_t user = 0; user < users; ++user) {
        for (std::int32_t& item : items)
            item = static_cast<std::int32_t>(stream.below(servedItems));
        out.append(items);
    }
    return out;
}

// A file that is gone afterwards.
struct StatesInFile {
    const Path folder = std::filesystem::temp_directory_path() / ("recoscope-bench-" + std::to_string(::getpid()));
    std::shared_ptr<const TrainedModel> model = std::make_shared<NeuralTrainedModel>(lruRecOf(50));
    std::vector<std::int32_t> users;
    std::unique_ptr<StateFile> file;
    Progress progress;

    explicit StatesInFile(std::int64_t count)
        : users(static_cast<std::size_t>(count))
    {
        std::iota(users.begin(), users.end(), 0);
        std::filesystem::create_directory(folder);
        file = std::make_unique<StateFile>(model, folder / "users.states", count);
    }
    ~StatesInFile()
    {
        file.reset();
        std::error_code kept; // nothing to be done about it
        std::filesystem::remove_all(folder, kept);
    }
    StatesInFile(const StatesInFile&) = delete;
    StatesInFile& operator=(const StatesInFile&) = delete;
};

// A new event of every user.
BenchmarkRow oneEventEach(StatesInFile& states, const PackedSequences& all, std::int64_t known, int repeats)
{
    const std::int64_t perUser = all.offsets[1];
    std::vector<PackedSequences> rounds; // the histories that the file sees, one event longer each time
    for (std::int64_t length = known + 1; length <= known + repeats + 1; ++length) {
        PackedSequences& round = rounds.emplace_back();
        for (std::size_t user = 0; user < states.users.size(); ++user)
            round.append(std::span(all.items).subspan(user * std::size_t(perUser), std::size_t(length)));
    }
    std::size_t next = 0;
    std::vector<float> vector(servedWidth);
    const auto together = [&] { states.file->advance(states.users, rounds[next++].view(), states.progress); };
    const auto oneByOne = [&] {
        for (const std::int32_t user : states.users) {
            const auto state = states.file->state(user);
            state->append(all.items[std::size_t(user * perUser + perUser - 1)], 0);
            state->userVector(vector);
            if (state->save().empty())
                throw Error(ErrorKind::Internal, "an empty state", "report this");
        }
    };
    return timeInterleaved("user_states",
        grouped(std::ssize(states.users)) + " users in a file of " + std::to_string(states.file->bytes() / 1'000'000)
            + " MB, a new event each",
        "ms", repeats, together, oneByOne,
        "baseline: each user's state read, brought forward by append() and saved, not even written");
}

BenchmarkRow listsOfABatch(const StatesInFile& states, const PackedSequences& all, int repeats)
{
    constexpr std::int64_t batch = 1024, k = 10;
    const LinearHead head = *states.model->linearHead();
    PackedSequences histories;
    for (std::int64_t b = 0; b < batch; ++b)
        histories.append(all.view().sequence(b));
    const SeenItems seen(histories.view());
    const auto users = std::span(states.users).first(batch);
    std::vector<float> vectors(batch * servedWidth), scores(batch * k);
    std::vector<std::int32_t> ids(batch * k), alone(batch * k);
    const auto together = [&] {
        states.file->userVectors(users, vectors);
        kernels::topK({batch, head.items, head.width, k, vectors.data(), head.table, head.bias, seen.offsets,
            seen.items, ids.data(), scores.data()});
    };
    const auto oneByOne = [&] {
        for (std::size_t b = 0; b < batch; ++b) {
            states.file->state(users[b])->userVector(std::span(vectors).first(servedWidth));
            const auto first = static_cast<std::size_t>(seen.offsets[b]);
            const std::vector<std::int64_t> offsets{0, seen.offsets[b + 1] - seen.offsets[b]};
            kernels::topK({1, head.items, head.width, k, vectors.data(), head.table, head.bias, offsets,
                std::span(seen.items).subspan(first, std::size_t(offsets[1])), alone.data() + b * k, scores.data()});
        }
    };
    together();
    oneByOne();
    if (ids != alone)
        throw Error(ErrorKind::Internal, "lists of a batch are others than those of its users", "compare the paths");
    return timeInterleaved("user_states_lists",
        "best 10 of " + grouped(servedItems) + " items for " + grouped(batch) + " users, from the file", "ms", repeats,
        together, oneByOne, "baseline: one user after another, identical lists");
}

// Of reading: how far the memory of the process rises.
double megabytesFor(const std::function<void()>& reading)
{
    malloc_trim(0);
    if (!(std::ofstream("/proc/self/clear_refs") << "5").flush())
        throw Error(ErrorKind::Resource, "the peak of the memory cannot be reset here", "run it on Linux");
    const std::uint64_t before = currentMemoryBytes();
    reading();
    return static_cast<double>(peakMemoryBytes() - before) / 1e6;
}

BenchmarkRow memoryOf(const NeuralTrainedModel& model, std::int64_t events, bool onePass)
{
    const PackedSequences history = drawHistories(1, events);
    std::vector<float> vector(servedWidth);
    BenchmarkRow row;
    row.name = "long_history";
    row.shape = grouped(events) + " events, LRURec of two blocks, D 64";
    row.unit = "MB";
    const auto state = model.newState();
    UserState* const states[]{state.get()};
    const double ofState = megabytesFor([&] { model.appendToStates(states, history.view()); });
    row.ours = megabytesFor([&] { model.encodeLast(history.view(), vector); });
    row.note = "how far memory rises; the state takes " + std::to_string(ofState).substr(0, 4) + " MB";
    if (!onePass)
        return row;
    row.baseline = megabytesFor([&] {
        const torch::NoGradGuard guard;
        ForwardContext context;
        const torch::Tensor rows = model.network().encode(makePackedBatch(history.view()), context);
        const float* last = rows.const_data_ptr<float>() + (rows.size(0) - 1) * servedWidth;
        for (std::int64_t d = 0; d < servedWidth; ++d)
            if (std::abs(last[d] - vector[std::size_t(d)]) > 1e-5f)
                throw Error(ErrorKind::Internal, "chunks give another vector than one pass", "compare the two first");
    });
    row.ratio = row.baseline / row.ours;
    row.note += "; baseline: all events in one pass, the same vector within 1e-5";
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchUserStates(bool quick)
{
    const int repeats = quick ? 2 : 7;
    constexpr std::int64_t known = 5;
    StatesInFile states(quick ? 4096 : 100'000);
    const PackedSequences all = drawHistories(std::ssize(states.users), known + repeats + 2);
    PackedSequences first;
    for (std::int64_t user = 0; user < std::ssize(states.users); ++user)
        first.append(all.view().sequence(user).first(known));
    states.file->advance(states.users, first.view(), states.progress);
    return {oneEventEach(states, all, known, repeats), listsOfABatch(states, all, quick ? 2 : 15)};
}

std::vector<BenchmarkRow> benchLongHistory(bool quick)
{
    const NeuralTrainedModel model(lruRecOf(1'000'000));
    std::vector<BenchmarkRow> rows{memoryOf(model, 1000, true), memoryOf(model, 10'000, true)};
    if (!quick)
        for (const std::int64_t events : {100'000, 1'000'000})
            rows.push_back(memoryOf(model, events, events == 100'000)); // ten times that in one pass would not fit
    return rows;
}

} // namespace recoscope
