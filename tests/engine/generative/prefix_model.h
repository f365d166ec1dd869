// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A model whose next token depends on the user and the whole prefix, by a hash: a decoder that mixes up its rows gives
// other lists. And names of items to search among.
#pragma once

#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "engine/core/random.h"
#include "engine/generative/beam_search.h"

namespace recoscope {

using Tokens = std::vector<std::int32_t>;

struct PrefixModel {
    std::uint64_t seed = 1;
    std::int32_t vocabulary = 0;
    std::uint64_t values = 1000; // that a logit may have; few of them give many ties
    bool normalised = true; // otherwise sums are exact

    std::vector<float> row(std::int64_t user, const Tokens& prefix) const
    {
        std::uint64_t hash = mixBits(seed + mixBits(static_cast<std::uint64_t>(user) + 1));
        for (const std::int32_t token : prefix)
            hash = mixBits(hash + static_cast<std::uint64_t>(token) + 1);
        std::vector<float> row;
        double sum = 0.0;
        for (std::int32_t token = 0; token < vocabulary; ++token) {
            const std::uint64_t draw = mixBits(hash ^ mixBits(static_cast<std::uint64_t>(token) + 77)) % values;
            row.push_back(-4.0f * static_cast<float>(draw) / static_cast<float>(values));
            sum += std::exp(double(row.back()));
        }
        for (float& value : row)
            value -= normalised ? static_cast<float>(std::log(sum)) : 0.0f;
        return row;
    }
};

class PrefixDecoder : public BeamDecoder {
public:
    using Rows = std::function<std::vector<float>(std::int64_t user, const Tokens& prefix)>;

    PrefixDecoder(const PrefixModel& model, std::int64_t users)
        : PrefixDecoder(
            model.vocabulary, users, [model](auto user, const auto& prefix) { return model.row(user, prefix); })
    {
    }
    PrefixDecoder(std::int32_t vocabulary, std::int64_t users, Rows rows)
        : m_vocabulary(vocabulary)
        , m_users(users)
        , m_rows(std::move(rows))
    {
    }

    std::int32_t vocabulary() const override { return m_vocabulary; }
    std::span<const float> begin() override
    {
        m_states.clear();
        for (std::int64_t user = 0; user < m_users; ++user)
            m_states.push_back({user, {}});
        return fill();
    }
    std::span<const float> step(std::span<const std::int32_t> parents, std::span<const std::int32_t> tokens) override
    {
        std::vector<State> next;
        for (std::size_t r = 0; r < parents.size(); ++r) {
            next.push_back(m_states.at(static_cast<std::size_t>(parents[r])));
            next.back().prefix.push_back(tokens[r]);
        }
        m_states = std::move(next);
        calls.push_back(static_cast<std::int64_t>(m_states.size()));
        return fill();
    }

    std::vector<std::int64_t> calls; // rows of each step

private:
    struct State {
        std::int64_t user = 0;
        Tokens prefix;
    };
    std::span<const float> fill()
    {
        m_out.clear();
        for (const State& state : m_states) {
            const std::vector<float> row = m_rows(state.user, state.prefix);
            m_out.insert(m_out.end(), row.begin(), row.end());
        }
        return m_out;
    }

    std::int32_t m_vocabulary;
    std::int64_t m_users;
    Rows m_rows;
    std::vector<State> m_states;
    std::vector<float> m_out;
};

inline TokenSequences sequencesOf(std::int32_t vocabulary, const std::vector<Tokens>& names)
{
    TokenSequences out;
    out.vocabulary = vocabulary;
    for (const Tokens& name : names)
        out.append(name);
    return out;
}

// `items` names of three codes out of `codes`, with the token that tells equal ones apart.
inline TokenSequences semanticNames(std::int32_t items, std::int32_t codes, std::uint64_t seed)
{
    RandomStream random(seed, "semantic names");
    TokenSequences names;
    names.vocabulary = 3 * codes;
    for (std::int32_t item = 0; item < items; ++item) {
        Tokens name;
        for (std::int32_t level = 0; level < 3; ++level)
            name.push_back(level * codes + static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(codes))));
        names.append(name);
    }
    return numberSequences(names).sequences;
}

// Names of 0 to 5 words, so that they end at different depths.
inline TokenSequences titleNames(std::int32_t items, std::int32_t words, std::uint64_t seed)
{
    RandomStream random(seed, "title names");
    TokenSequences names;
    names.vocabulary = words;
    for (std::int32_t item = 0; item < items; ++item) {
        Tokens name(random.below(6));
        for (std::int32_t& word : name)
            word = static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(words)));
        names.append(name);
    }
    return numberSequences(names).sequences;
}

} // namespace recoscope
