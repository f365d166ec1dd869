// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/serving/state_file.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>

#include "engine/core/error.h"
#include "engine/kernels/parallel.h"
#include "engine/serving/new_events.h"
#include "engine/serving/saved_states.h"

namespace recoscope {

namespace {

constexpr std::uint64_t stateFileMagic = 0x4554415453525352ull; // "RSRSTATE"
constexpr std::uint64_t stateFileFormat = 1;

struct StateFileHeader {
    std::uint64_t magic = stateFileMagic, format = stateFileFormat;
    std::int64_t users = 0;
    std::uint64_t stateBytes = 0;
};

std::uint64_t storedChecksum(std::span<const std::byte> record)
{
    std::uint64_t sum = 0;
    std::memcpy(&sum, record.data(), sizeof sum);
    return sum;
}

Error unlike(const Path& file, const std::string& what)
{
    return Error(ErrorKind::Refused, "'" + file.string() + "' holds states of " + what,
        "name another file; the states are built again from the histories");
}

} // namespace

StateFile::StateFile(std::shared_ptr<const TrainedModel> model, const Path& file, std::int64_t users)
    : m_model(std::move(model))
    , m_users(users)
{
    const std::unique_ptr<UserState> state = m_model->newState();
    if (!state || !state->isFixedSize())
        throw Error(ErrorKind::Refused, m_model->modelName() + " keeps no state of one size for any history",
            "use a recurrent model: lrurec or gru4rec");
    m_empty = state->save();
    m_stateBytes = m_empty.size();
    m_lock = std::make_unique<FileLock>(Path(file) += ".lock");
    const std::size_t start = sizeof(StateFileHeader) + m_stateBytes;
    const std::size_t recordBytes = sizeof(std::uint64_t) + m_stateBytes;
    std::error_code unreadable; // opening it says why
    if (std::filesystem::exists(file, unreadable))
        m_map = std::make_unique<WritableMap>(file);
    else {
        m_map = std::make_unique<WritableMap>(file, start + recordBytes * static_cast<std::size_t>(users));
        std::memcpy(m_map->bytes().data() + sizeof(StateFileHeader), m_empty.data(), m_stateBytes);
        StateFileHeader header;
        header.users = users;
        header.stateBytes = m_stateBytes;
        std::memcpy(m_map->bytes().data(), &header, sizeof header); // last: without it the file is no state file
    }
    checkHeader(file);
}

void StateFile::checkHeader(const Path& file) const
{
    const std::span<const std::byte> bytes = m_map->bytes();
    StateFileHeader header;
    const auto damaged = [&](const std::string& what) {
        return Error(ErrorKind::Input, "'" + file.string() + "' is no usable file of states: " + what,
            "delete it; the states are built again from the histories");
    };
    if (bytes.size() < sizeof header)
        throw damaged("it is cut short");
    std::memcpy(&header, bytes.data(), sizeof header);
    if (header.magic != stateFileMagic)
        throw damaged("it does not begin like one");
    if (header.format != stateFileFormat)
        throw damaged("format " + std::to_string(header.format) + ", expected " + std::to_string(stateFileFormat));
    if (header.stateBytes != m_stateBytes || bytes.size() < sizeof header + m_stateBytes
        || std::memcmp(bytes.data() + sizeof header, m_empty.data(), m_stateBytes) != 0)
        throw unlike(file, "another model or of other weights");
    if (header.users != m_users)
        throw unlike(file, std::to_string(header.users) + " users, expected " + std::to_string(m_users));
    if (bytes.size() != sizeof header + m_stateBytes + (sizeof(std::uint64_t) + m_stateBytes) * std::size_t(m_users))
        throw damaged("it is cut short");
}

std::span<std::byte> StateFile::record(std::int64_t user) const
{
    if (user < 0 || user >= m_users)
        throw Error(ErrorKind::Usage,
            "user " + std::to_string(user) + " is outside the " + std::to_string(m_users) + " users of the file",
            "use the user indices of the prepared data");
    const std::size_t size = sizeof(std::uint64_t) + m_stateBytes;
    return m_map->bytes().subspan(sizeof(StateFileHeader) + m_stateBytes + size * static_cast<std::size_t>(user), size);
}

bool StateFile::loadInto(UserState& state, std::int64_t user) const
{
    const std::span<const std::byte> stored = record(user);
    const std::span<const std::byte> saved = stored.subspan(sizeof(std::uint64_t));
    const std::uint64_t sum = storedChecksum(stored);
    const bool untouched
        = sum == 0 && std::all_of(saved.begin(), saved.end(), [](std::byte b) { return b == std::byte(0); });
    if (!untouched && sum != savedChecksum(saved))
        return false;
    state.load(untouched ? std::span<const std::byte>(m_empty) : saved);
    return true;
}

std::unique_ptr<UserState> StateFile::state(std::int64_t user) const
{
    std::unique_ptr<UserState> state = m_model->newState();
    return loadInto(*state, user) ? std::move(state) : nullptr;
}

void StateFile::userVectors(std::span<const std::int32_t> users, std::span<float> out) const
{
    const auto width = static_cast<std::size_t>(m_model->linearHead().value().width);
    if (out.size() != users.size() * width)
        throw Error(ErrorKind::Usage, "userVectors needs room for one vector a user", "size `out` as [users, D]");
    constexpr std::int64_t usersPerPiece = 256;
    kernels::parallelRanges(std::ssize(users), usersPerPiece, [&](std::int64_t begin, std::int64_t end) {
        const std::unique_ptr<UserState> state = m_model->newState();
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
            if (!loadInto(*state, users[i]))
                throw Error(ErrorKind::Input, "the state of user " + std::to_string(users[i]) + " was cut short",
                    "bring the file forward first: recoscope-cli states");
            state->userVector(out.subspan(i * width, width));
        }
    });
}

void StateFile::store(const UserState& state, std::int64_t user)
{
    const std::span<std::byte> stored = record(user);
    const std::vector<std::byte> saved = state.save();
    const std::uint64_t sum = savedChecksum(saved);
    std::memcpy(stored.data() + sizeof sum, saved.data(), saved.size());
    std::memcpy(stored.data(), &sum, sizeof sum);
}

StateFile::Advance StateFile::advancePiece(std::span<const std::int32_t> users, const PackedView& histories,
    std::int64_t begin, std::int64_t end, Progress& progress)
{
    Advance done;
    NewEvents unseen(histories, begin, end);
    std::vector<std::unique_ptr<UserState>> states;
    std::vector<std::size_t> changed;
    for (const std::int32_t user : users.subspan(std::size_t(begin), std::size_t(end - begin))) {
        const std::size_t i = states.size();
        states.push_back(m_model->newState());
        UserState& state = *states.back();
        if (!loadInto(state, user)) {
            state.load(m_empty);
            ++done.rebuilt;
        }
        if (state.events() > unseen.of(i))
            throw Error(ErrorKind::Refused,
                "the state of user " + std::to_string(user) + " has seen " + std::to_string(state.events())
                    + " events, the history has " + std::to_string(unseen.of(i)),
                "name another file; the states are built again from the histories");
        unseen.skip(i, state.events());
        done.events += unseen.of(i);
        if (unseen.of(i) > 0)
            changed.push_back(i);
    }
    constexpr std::int64_t eventsOfRound = 8192; // some 50 ms
    std::vector<std::size_t> whose;
    std::vector<UserState*> going;
    for (PackedSequences round = unseen.round(eventsOfRound, whose); !whose.empty();
         round = unseen.round(eventsOfRound, whose)) {
        progress.checkCancelled();
        going.clear();
        for (const std::size_t i : whose)
            going.push_back(states[i].get());
        m_model->appendToStates(going, round.view());
    }
    for (const std::size_t i : changed)
        store(*states[i], users[std::size_t(begin) + i]);
    return done;
}

StateFile::Advance StateFile::advance(
    std::span<const std::int32_t> users, const PackedView& histories, Progress& progress)
{
    if (static_cast<std::int64_t>(users.size()) != histories.sequences())
        throw Error(ErrorKind::Usage,
            std::to_string(users.size()) + " users and " + std::to_string(histories.sequences()) + " histories",
            "pass one history for each user");
    std::atomic<std::int64_t> events{0}, rebuilt{0}, done{0};
    constexpr std::int64_t usersPerPiece = 256; // who go together
    kernels::parallelRanges(histories.sequences(), usersPerPiece, [&](std::int64_t begin, std::int64_t end) {
        progress.checkCancelled();
        const Advance piece = advancePiece(users, histories, begin, end, progress);
        events += piece.events;
        rebuilt += piece.rebuilt;
        const std::int64_t through = done += end - begin;
        progress.update(double(through) / double(users.size()),
            "States · " + std::to_string(through) + " / " + std::to_string(users.size()) + " users");
    });
    m_map->flush();
    return {events, rebuilt};
}

} // namespace recoscope
