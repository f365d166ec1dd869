// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Beam search over the flat trie against callback_beam.h, with the same decoder on both sides: one that costs nothing,
// so that the search alone is measured, and one that computes. The lists are compared first.
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/kernels/ops.h"
#include "tests/benchmarks/callback_beam.h"
#include "tests/benchmarks/interleaved.h"
#include "tests/benchmarks/registry.h"

namespace recoscope {

namespace {

constexpr std::int64_t beamUsers = 32, beamWidth = 10;
constexpr std::int32_t beamItems = 12101;

// Three codes of 256, frequent and rare ones, and the token that resolves collisions.
TokenSequences semanticCodes()
{
    RandomStream random(1, "beam names");
    TokenSequences names;
    names.vocabulary = 3 * 256;
    for (std::int32_t item = 0; item < beamItems; ++item) {
        std::int32_t name[3];
        for (std::int32_t level = 0; level < 3; ++level)
            name[level] = 256 * level + static_cast<std::int32_t>(256.0 * std::pow(random.uniform(), 1.5));
        names.append(name);
    }
    return numberSequences(names).sequences;
}

// Eight of 8,192 pieces, frequent ones far more often. All of one length: where names end at different depths the
// loop gives finished ones places of the beam, and the lists would differ.
TokenSequences titlePieces()
{
    RandomStream random(2, "beam names");
    TokenSequences names;
    names.vocabulary = 8192;
    for (std::int32_t item = 0; item < beamItems; ++item) {
        std::int32_t name[8];
        for (std::int32_t& piece : name)
            piece = static_cast<std::int32_t>(8192.0 * std::pow(random.uniform(), 4.0));
        names.append(name);
    }
    return numberSequences(names).sequences;
}

// Rows that were drawn before: by their place, whatever the prefix.
class DrawnRows : public BeamDecoder {
public:
    explicit DrawnRows(std::int32_t vocabulary)
        : m_vocabulary(vocabulary)
        , m_rows(benchmarkValues(beamUsers * beamWidth * vocabulary, 3))
    {
        for (float& value : m_rows)
            value = 5.0f * value - 5.0f;
    }
    std::int32_t vocabulary() const override { return m_vocabulary; }
    std::span<const float> begin() override { return first(beamUsers); }
    std::span<const float> step(std::span<const std::int32_t> parents, std::span<const std::int32_t> tokens) override
    {
        return first(std::min(parents.size(), tokens.size()));
    }

private:
    std::span<const float> first(std::size_t rows) const
    {
        return std::span(m_rows).first(rows * static_cast<std::size_t>(m_vocabulary));
    }

    std::int32_t m_vocabulary;
    std::vector<float> m_rows;
};

// h' = tanh(W h + e_token), log softmax of E h'.
class RecurrentDecoder : public BeamDecoder {
public:
    explicit RecurrentDecoder(std::int32_t vocabulary)
        : m_vocabulary(vocabulary)
        , m_users(benchmarkValues(beamUsers * width, 4))
        , m_recurrent(benchmarkValues(width * width, 5))
        , m_table(benchmarkValues(vocabulary * width, 6))
    {
    }
    std::int32_t vocabulary() const override { return m_vocabulary; }
    std::span<const float> begin() override
    {
        m_states = m_users;
        return logProbabilities();
    }
    std::span<const float> step(std::span<const std::int32_t> parents, std::span<const std::int32_t> tokens) override
    {
        m_next.resize(parents.size() * width);
        for (std::size_t r = 0; r < parents.size(); ++r) {
            float* state = m_next.data() + r * width;
            kernels::scoreAll(width, width, m_states.data() + parents[r] * width, m_recurrent.data(),
                m_table.data() + tokens[r] * width, state);
            for (std::int64_t d = 0; d < width; ++d)
                state[d] = std::tanh(state[d]);
        }
        std::swap(m_states, m_next);
        return logProbabilities();
    }

private:
    static constexpr std::int64_t width = 64;

    std::span<const float> logProbabilities()
    {
        const auto rows = static_cast<std::int64_t>(m_states.size()) / width;
        m_out.resize(static_cast<std::size_t>(rows * m_vocabulary));
        for (std::int64_t r = 0; r < rows; ++r) {
            float* row = m_out.data() + r * m_vocabulary;
            kernels::scoreAll(m_vocabulary, width, m_states.data() + r * width, m_table.data(), nullptr, row);
            float sum = 0.0f;
            for (std::int32_t v = 0; v < m_vocabulary; ++v)
                sum += std::exp(row[v]);
            const float normaliser = std::log(sum);
            for (std::int32_t v = 0; v < m_vocabulary; ++v)
                row[v] -= normaliser;
        }
        return m_out;
    }

    std::int32_t m_vocabulary;
    std::vector<float> m_users, m_recurrent, m_table, m_states, m_next, m_out;
};

void requireSameLists(const std::vector<std::vector<BeamItem>>& a, const std::vector<std::vector<BeamItem>>& b)
{
    for (std::size_t user = 0; user < a.size(); ++user)
        for (std::size_t i = 0; i < a[user].size(); ++i)
            if (a[user].size() != b[user].size() || a[user][i].item != b[user][i].item)
                throw Error(ErrorKind::Internal, "the two searches give other lists", "compare them first");
}

template <class Decoder>
BenchmarkRow against(const TokenSequences& names, const std::string& what, bool quick, const char* unmet = "")
{
    const PrefixTrie trie(names);
    const CallbackBeam loop(names);
    Decoder decoder(names.vocabulary);
    const BeamRequest request{.users = beamUsers, .width = beamWidth};
    requireSameLists(beamSearch(trie, decoder, request), loop.search(decoder, beamUsers, beamWidth));
    BenchmarkRow row = timeInterleaved(
        "beam_trie",
        std::to_string(beamUsers) + " users, beam 10, 12,101 items by " + what + ", vocabulary "
            + std::to_string(names.vocabulary),
        "ms", quick ? 5 : 40, [&] { beamSearch(trie, decoder, request); },
        [&] { loop.search(decoder, beamUsers, beamWidth); },
        "the same calls of the same decoder; the trie has " + std::to_string(trie.nodes()) + " nodes, "
            + std::to_string(trie.bytes()) + " bytes");
    row.goal = {.ratio = 3.0, .unmet = unmet};
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchBeamTrie(bool quick)
{
    const TokenSequences codes = semanticCodes();
    return {against<DrawnRows>(codes, "semantic ids, the search alone", quick),
        against<RecurrentDecoder>(codes, "semantic ids, with a recurrent decoder of D 64", quick,
            "the decoder's own time is the same on both sides and most of the whole"),
        against<DrawnRows>(titlePieces(), "title pieces, the search alone", quick)};
}

} // namespace recoscope
