// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Sampled candidates: the N items a target is ranked against under `candidates=uniform:N|popular:N`. A draw depends
// only on the user, so every model meets the same items, on every machine. Thread-safe for const calls.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/data/protocol.h"

namespace recoscope {

class CandidateSampler {
public:
    // `popularity` [items]: training events of each item; kept by reference.
    CandidateSampler(CandidateKind kind, int count, std::span<const std::int64_t> popularity);

    // Ascending and unique, without replacement, none of `excluded` (ascending); all that is left when fewer than N
    // are. `popular` draws with probability proportional to popularity, so items never seen in training are not drawn.
    std::vector<std::int32_t> draw(std::uint64_t user, std::span<const std::int32_t> excluded) const;

private:
    std::vector<std::int32_t> takeAll(std::span<const std::int32_t> excluded) const;
    std::vector<std::int32_t> drawByKeys(std::uint64_t user, std::vector<std::int32_t> eligible) const;

    CandidateKind m_kind;
    std::size_t m_count;
    std::span<const std::int64_t> m_popularity;
    std::vector<std::int64_t> m_cumulative; // popular only
};

} // namespace recoscope
