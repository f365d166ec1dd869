// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Beam search over the flat trie against callback_beam.h, with the same decoder on both sides, one that costs nothing,
// so that the search alone is measured; and what a request for lists of TIGER takes as a whole, with its own decoder
// and the trie against eager_tiger.h and the callback. The lists are compared first.
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/random.h"
#include "engine/kernels/ops.h"
#include "engine/models/registry.h"
#include "tests/benchmarks/callback_beam.h"
#include "tests/benchmarks/eager_tiger.h"
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

void requireSameLists(const std::vector<std::vector<BeamItem>>& a, const std::vector<std::vector<BeamItem>>& b)
{
    for (std::size_t user = 0; user < a.size(); ++user)
        for (std::size_t i = 0; i < a[user].size(); ++i)
            if (a[user].size() != b[user].size() || a[user][i].item != b[user][i].item)
                throw Error(ErrorKind::Internal, "the two searches give other lists", "compare them first");
}

constexpr std::int64_t beamEvents = 20;

std::shared_ptr<NeuralModel> tigerOf(const TokenSequences& names)
{
    auto fixed = std::make_shared<FixedTensors>();
    fixed->tensors["names.vocabulary"] = FixedTensor::ofInts(std::vector<std::int32_t>{names.vocabulary});
    fixed->tensors["names.offsets"]
        = FixedTensor::ofInts(std::vector<std::int32_t>(names.offsets.begin(), names.offsets.end()));
    fixed->tensors["names.tokens"] = FixedTensor::ofInts(names.tokens);
    ModelSetup setup;
    setup.items = beamItems;
    setup.maxLength = beamEvents;
    setup.fixed = fixed;
    setup.parameters = findModel("tiger").schema.validate(Json::object());
    std::shared_ptr<NeuralModel> model = buildNeuralModel("tiger", setup);
    const torch::NoGradGuard guard;
    for (const auto& entry : model->parameters().entries()) // so that beams differ
        if (entry.name.find("norm") == std::string::npos)
            entry.value.mul_(8.0);
    return model;
}

void requireAlike(const std::vector<std::vector<BeamItem>>& a, const std::vector<std::vector<BeamItem>>& b)
{
    for (std::size_t user = 0; user < a.size(); ++user)
        for (std::size_t i = 0; i < a[user].size(); ++i)
            if (a[user].size() != b[user].size() || std::abs(a[user][i].score - b[user][i].score) > 1e-3)
                throw Error(ErrorKind::Internal, "the two decoders give lists of other scores", "compare them first");
}

BenchmarkRow wholeRequest(const TokenSequences& names, bool quick)
{
    const auto network = tigerOf(names);
    const auto& model = dynamic_cast<const Tiger&>(*network);
    const CallbackBeam loop(names);
    const auto form = model.beamForm();
    PackedSequences histories;
    RandomStream random(7, "beam histories");
    std::vector<std::int32_t> items(beamEvents);
    for (std::int64_t user = 0; user < beamUsers; ++user) {
        for (std::int32_t& item : items)
            item = static_cast<std::int32_t>(random.below(beamItems));
        histories.append(items);
    }
    const BeamRequest request{.users = beamUsers, .width = beamWidth};
    const auto ours = [&] { return beamSearch(model.names(), *form->decoder(histories.view()), request); };
    const auto eager = [&] {
        bench::EagerTigerDecoder decoder(model, histories.view());
        return loop.search(decoder, beamUsers, beamWidth);
    };
    requireAlike(ours(), eager());
    BenchmarkRow row = timeInterleaved(
        "beam_trie", "32 users of 20 events, beam 10, TIGER of 2 layers, D 64, over semantic ids, the whole request",
        "ms", quick ? 3 : 20, [&] { ours(); }, [&] { eager(); },
        "baseline: LibTorch eager with keys and values kept for each beam, and a callback for every prefix");
    row.goal = {.ratio = 3.0};
    return row;
}

BenchmarkRow searchAlone(const TokenSequences& names, const std::string& what, bool quick)
{
    const PrefixTrie trie(names);
    const CallbackBeam loop(names);
    DrawnRows decoder(names.vocabulary);
    const BeamRequest request{.users = beamUsers, .width = beamWidth};
    requireSameLists(beamSearch(trie, decoder, request), loop.search(decoder, beamUsers, beamWidth));
    BenchmarkRow row = timeInterleaved(
        "beam_trie",
        std::to_string(beamUsers) + " users, beam 10, 12,101 items by " + what + ", the search alone, vocabulary "
            + std::to_string(names.vocabulary),
        "ms", quick ? 5 : 40, [&] { beamSearch(trie, decoder, request); },
        [&] { loop.search(decoder, beamUsers, beamWidth); },
        "the same calls of the same decoder; the trie has " + std::to_string(trie.nodes()) + " nodes, "
            + std::to_string(trie.bytes()) + " bytes");
    row.goal = {.ratio = 3.0};
    return row;
}

} // namespace

std::vector<BenchmarkRow> benchBeamTrie(bool quick)
{
    const TokenSequences codes = semanticCodes();
    return {searchAlone(codes, "semantic ids", quick), wholeRequest(codes, quick),
        searchAlone(titlePieces(), "title pieces", quick)};
}

} // namespace recoscope
