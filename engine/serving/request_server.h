// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Answers requests along a serving path and says what each took. A request is what a server does when a user's next
// event arrives: read the history, or append the event to a kept state, then find the best k items that the history
// does not hold. Buffers are kept from request to request, as a server would. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/kernels/int4_table.h"
#include "engine/kernels/quantised_table.h"
#include "engine/models/listing_model.h"
#include "engine/serving/serving_paths.h"
#include "engine/serving/session.h"

namespace recoscope {

// Sorted items of each history, as kernels and beams take what must not be listed.
struct SeenItems {
    std::vector<std::int64_t> offsets{0};
    std::vector<std::int32_t> items;

    explicit SeenItems(const PackedView& histories);
    std::int64_t histories() const { return std::ssize(offsets) - 1; }
    HiddenItems hidden() const { return {offsets, items}; }
};

// From how many items on the lists of few users are made from item vectors of a byte, and of four bits, a number: the
// same lists, sooner. Measured: docs/performance.md, "Lists of the server".
struct RoundedFrom {
    std::int64_t bytes = 10'000, fourBits = 100'000;
};

class RequestServer {
public:
    // `session` and `clock` (seconds, monotonic) must outlive the server.
    RequestServer(const ServingSession& session, std::int64_t k, const std::function<double()>& clock,
        const RoundedFrom& from = {});

    // Seconds of one request of all its users.
    struct Times {
        double total = 0.0;
        double encode = 0.0; // reading the history, or appending the event
        double decode = 0.0; // of lists: what the model takes to spell, without the search
    };
    // No history is empty; `path` is one that the model has. `between` is called between pieces of what is read into
    // states before the request, which may take far longer than it; what it throws ends the request.
    Times serve(
        const ServingPath& path, const PackedView& histories, const std::function<void()>& between = [] {});

    // Best first, of history b of the last request; at most k.
    std::span<const std::int32_t> list(std::int64_t b) const;

private:
    Times serveScores(
        ServingMode mode, const PackedView& histories, const SeenItems& seen, const std::function<void()>& between);
    Times serveLists(std::int64_t beam, const PackedView& histories, const SeenItems& seen);
    std::vector<std::unique_ptr<UserState>> statesBeforeLast(
        const PackedView& histories, const std::function<void()>& between) const;
    void appendLast(const PackedView& histories, const std::vector<std::unique_ptr<UserState>>& states);
    void encode(const PackedView& histories, bool reread);
    void rankByHead(const SeenItems& seen);
    void rankByScores(const SeenItems& seen);
    const ListingModel& listsOf(std::int64_t beam);
    std::span<std::int32_t> places(std::int64_t b);

    const TrainedModel& m_model;
    std::optional<LinearHead> m_head;
    std::optional<kernels::QuantisedTable> m_bytes; // of a large catalogue, or
    std::optional<kernels::Int4Table> m_fourBits; // of a larger one
    std::map<std::int64_t, std::shared_ptr<const TrainedModel>> m_ofWidth; // models of lists by width
    const std::int64_t m_k;
    const std::function<double()>& m_clock;
    std::vector<float> m_vectors, m_scores;
    std::vector<std::int32_t> m_ids; // [users of the last request, k], -1 past the end
};

} // namespace recoscope
