// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/serving/state_cache.h"

#include <algorithm>
#include <bit>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/core/sqlite.h"
#include "engine/serving/new_events.h"
#include "engine/serving/saved_states.h"

namespace recoscope {

namespace {

constexpr std::int64_t stateCacheId = 0x52655374; // "ReSt"
constexpr int stateCacheVersion = 1;

// `history` is the checksum of the events seen, `used` grows with every use.
const char* const stateCacheTables = R"sql(
CREATE TABLE states (
    weights INTEGER NOT NULL, user TEXT NOT NULL, events INTEGER NOT NULL, history INTEGER NOT NULL,
    checksum INTEGER NOT NULL, used INTEGER NOT NULL, state BLOB NOT NULL, PRIMARY KEY (weights, user)
) STRICT;
CREATE INDEX states_by_use ON states (used);
PRAGMA application_id = 1382372212;
PRAGMA user_version = 1;
)sql";

const std::string nextUse = "(SELECT coalesce(max(used), 0) + 1 FROM states)";

std::int64_t weightsOf(const TrainedModel& model, const UserState& empty)
{
    std::uint64_t sum = savedChecksum(empty.save());
    for (const char letter : model.modelName())
        sum = fnvStep(sum, static_cast<unsigned char>(letter));
    return std::bit_cast<std::int64_t>(sum);
}

// Of all that a state may have looked at in the first `events` events.
std::int64_t checksumOfEvents(const PackedView& history, std::int64_t events)
{
    std::uint64_t sum = fnvStart;
    for (std::size_t i = 0; i < static_cast<std::size_t>(events); ++i) {
        sum = fnvStep(sum, static_cast<std::uint32_t>(history.items[i]));
        if (!history.times.empty())
            sum = fnvStep(sum, static_cast<std::uint64_t>(history.times[i]));
        if (!history.feedback.empty())
            sum = fnvStep(sum, std::bit_cast<std::uint32_t>(history.feedback[i]));
        if (!history.marks.empty())
            sum = fnvStep(sum, history.marks[i].surface | unsigned(history.marks[i].kind) << 8);
    }
    return std::bit_cast<std::int64_t>(sum);
}

} // namespace

StateCache::StateCache(std::shared_ptr<const TrainedModel> model, const Path& file, std::int64_t mostBytes)
    : m_model(std::move(model))
    , m_mostBytes(mostBytes)
{
    if (mostBytes < leastBytes)
        throw Error(ErrorKind::Usage, "a cache of states of " + std::to_string(mostBytes) + " bytes",
            "give it one MiB at least");
    const std::unique_ptr<UserState> empty = m_model->newState();
    if (!empty || !m_model->linearHead())
        throw Error(ErrorKind::Refused, m_model->modelName() + " keeps no state that lists could be made of",
            "use a run of persrec, lrurec, gru4rec, sasrec or hstu");
    m_weights = weightsOf(*m_model, *empty);
    m_database = std::make_unique<Database>(file, Database::Mode::Create);
    if (isEmpty()) { // before the first table; nothing is changed in a database of something else
        m_database->execute("PRAGMA auto_vacuum = INCREMENTAL");
        m_database->turnOnLog();
    }
    makeTables();
    m_database->execute("PRAGMA synchronous = NORMAL");
    m_pageBytes = m_database->integer("PRAGMA page_size");
    evict();
}

StateCache::~StateCache() = default;

bool StateCache::isEmpty()
{
    return m_database->integer("SELECT count(*) FROM sqlite_schema") == 0;
}

void StateCache::makeTables()
{
    Transaction transaction(*m_database);
    if (isEmpty())
        m_database->execute(stateCacheTables);
    if (m_database->integer("PRAGMA application_id") != stateCacheId)
        throw Error(ErrorKind::Refused, "'" + m_database->path().string() + "' is a database of something else",
            "name another file for the states");
    if (m_database->userVersion() != stateCacheVersion)
        throw Error(ErrorKind::Refused,
            "'" + m_database->path().string() + "' holds states of version " + std::to_string(m_database->userVersion())
                + ", expected " + std::to_string(stateCacheVersion),
            "name another file; the states are built again from the histories");
    transaction.commit();
}

StateCache::Brought StateCache::bringForward(const std::string& user, const PackedView& history, Progress& progress)
{
    if (history.sequences() != 1)
        throw Error(ErrorKind::Usage, std::to_string(history.sequences()) + " histories for one user", "pass one");
    Brought out;
    out.state = m_model->newState();
    out.known = loadInto(*out.state, user, history);
    if (out.known == 0)
        out.state = m_model->newState();
    NewEvents unseen(history, 0, 1);
    unseen.skip(0, out.known);
    constexpr std::int64_t eventsOfRound = 1024; // between two looks at the progress
    std::vector<std::size_t> whose;
    UserState* const going[] = {out.state.get()};
    for (PackedSequences round = unseen.round(eventsOfRound, whose); !whose.empty();
         round = unseen.round(eventsOfRound, whose)) {
        progress.checkCancelled();
        m_model->appendToStates(going, round.view());
    }
    out.kept = out.known > 0;
    if (out.known < history.events())
        out.kept = keep(user, *out.state, history);
    else if (out.kept)
        markUsed(user);
    return out;
}

std::int64_t StateCache::loadInto(UserState& state, const std::string& user, const PackedView& history)
{
    Statement row(*m_database, "SELECT events, history, checksum, state FROM states WHERE weights = ? AND user = ?");
    row.bind(1, m_weights).bind(2, user);
    if (!row.step())
        return 0;
    const std::int64_t events = row.integer(0);
    const std::string_view text = row.textView(3);
    const std::span saved(reinterpret_cast<const std::byte*>(text.data()), text.size());
    if (events > history.events() || row.integer(1) != checksumOfEvents(history, events)
        || std::bit_cast<std::uint64_t>(row.integer(2)) != savedChecksum(saved))
        return 0;
    try {
        state.load(saved);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Input) // of a model of the same weights and other settings
            throw;
        return 0;
    }
    return state.events() == events ? events : 0;
}

void StateCache::markUsed(const std::string& user)
{
    Statement(*m_database, "UPDATE states SET used = " + nextUse + " WHERE weights = ? AND user = ?")
        .bind(1, m_weights)
        .bind(2, user)
        .run();
}

bool StateCache::keep(const std::string& user, const UserState& state, const PackedView& history)
{
    const std::vector<std::byte> saved = state.save();
    Transaction transaction(*m_database);
    Statement(*m_database, "DELETE FROM states WHERE weights = ? AND user = ?").bind(1, m_weights).bind(2, user).run();
    constexpr std::int64_t tables = 64 << 10; // room for the empty tables and the row itself
    const bool fits = std::ssize(saved) + tables <= m_mostBytes;
    if (fits)
        Statement(*m_database,
            "INSERT INTO states (weights, user, events, history, checksum, state, used) VALUES (?, ?, ?, ?, ?, ?, "
                + nextUse + ")")
            .bind(1, m_weights)
            .bind(2, user)
            .bind(3, state.events())
            .bind(4, checksumOfEvents(history, state.events()))
            .bind(5, std::bit_cast<std::int64_t>(savedChecksum(saved)))
            .bindBlob(6, saved.data(), saved.size())
            .run();
    transaction.commit();
    evict();
    return fits;
}

void StateCache::evict()
{
    if (bytes() > m_mostBytes) {
        Transaction transaction(*m_database);
        Statement oldest(
            *m_database, "DELETE FROM states WHERE rowid = (SELECT rowid FROM states ORDER BY used LIMIT 1)");
        while (bytes() > m_mostBytes) {
            oldest.run();
            if (m_database->changes() == 0)
                break;
            ++m_evicted;
        }
        transaction.commit();
    }
    const std::int64_t above = m_database->integer("PRAGMA page_count") - m_mostBytes / m_pageBytes;
    if (above > 0)
        m_database->execute("PRAGMA incremental_vacuum(" + std::to_string(above) + ")");
}

std::int64_t StateCache::bytes()
{
    return m_pageBytes * (m_database->integer("PRAGMA page_count") - m_database->integer("PRAGMA freelist_count"));
}

std::int64_t StateCache::states()
{
    return m_database->integer("SELECT count(*) FROM states");
}

} // namespace recoscope
