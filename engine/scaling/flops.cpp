// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/scaling/flops.h"

#include <algorithm>
#include <set>

#include "engine/core/error.h"

namespace recoscope {

namespace {

const std::set<std::string> countedModels{
    "bert4rec", "bsarec", "esasrec", "gru4rec", "gsasrec", "hstu", "lrurec", "sasrec", "srt"};

// Collects the parts of one count; every part here costs twice as much backward as forward.
class Work {
public:
    void add(const char* name, double forward)
    {
        if (forward > 0.0)
            m_count.parts.push_back({name, forward, 2.0 * forward});
    }
    // [rows, in] times [in, out].
    void addProduct(const char* name, double rows, double in, double out) { add(name, 2.0 * rows * in * out); }
    void addScores(const ScoreWork& score, double width) { addProduct("scores", score.rows, width, score.candidates); }
    FlopCount take() { return std::move(m_count); }

private:
    FlopCount m_count;
};

double whole(const Json& parameters, const char* name)
{
    const auto at = parameters.find(name);
    if (at == parameters.end() || !at->is_number())
        throw Error(ErrorKind::Usage, std::string("the parameters have no number ") + name,
            "pass the parameters of a run as it keeps them, with every default filled in");
    return at->get<double>();
}

bool flag(const Json& parameters, const char* name)
{
    const auto at = parameters.find(name);
    return at != parameters.end() && at->is_boolean() && at->get<bool>();
}

std::string word(const Json& parameters, const char* name)
{
    const auto at = parameters.find(name);
    return at != parameters.end() && at->is_string() ? at->get<std::string>() : std::string();
}

SasRecSizes sasRecSizes(const Json& p)
{
    SasRecSizes s;
    s.width = whole(p, "hidden");
    s.layers = whole(p, "layers");
    s.inner = whole(p, "inner") > 0.0 ? whole(p, "inner") : 4.0 * s.width;
    s.outputProjection = flag(p, "output_projection");
    s.swiGlu = word(p, "activation") == "swiglu";
    s.gated = flag(p, "gated");
    s.denseHead = flag(p, "dense_head");
    s.bidirectional = flag(p, "bidirectional");
    s.filterFrequencies = p.contains("frequencies") ? whole(p, "frequencies") : 0.0;
    return s;
}

HstuSizes hstuSizes(const Json& p)
{
    HstuSizes s;
    s.width = whole(p, "hidden");
    s.layers = whole(p, "layers");
    s.heads = whole(p, "heads");
    s.queryDim = whole(p, "query_dim") > 0.0 ? whole(p, "query_dim") : s.width / s.heads;
    s.valueDim = whole(p, "value_dim") > 0.0 ? whole(p, "value_dim") : s.width / s.heads;
    const bool production = word(p, "variant") == "production";
    s.concatenate = production || flag(p, "concat_ua");
    s.itemWidth = s.width - (!production && whole(p, "ratings") > 0.0 ? whole(p, "rating_width") : 0.0);
    s.narrowItems = whole(p, "item_width");
    return s;
}

LruRecSizes lruRecSizes(const Json& p)
{
    LruRecSizes s;
    s.width = whole(p, "hidden");
    s.layers = whole(p, "layers");
    s.state = s.width * whole(p, "state_multiple");
    s.inner = s.width * whole(p, "inner_multiple");
    return s;
}

} // namespace

double FlopCount::forward() const
{
    double sum = 0.0;
    for (const WorkPart& part : parts)
        sum += part.forward;
    return sum;
}

double FlopCount::backward() const
{
    double sum = 0.0;
    for (const WorkPart& part : parts)
        sum += part.backward;
    return sum;
}

SequenceCounts countSequences(std::span<const std::int64_t> lengths, std::int64_t window)
{
    SequenceCounts counts;
    for (std::int64_t length : lengths) {
        if (length < 0 || window < 0)
            throw Error(ErrorKind::Usage,
                "a sequence cannot have " + std::to_string(std::min(length, window)) + " events",
                "pass the lengths as they are stored, and a window of 0 or more");
        const double n = static_cast<double>(window > 0 ? std::min(length, window) : length);
        counts.sequences += 1.0;
        counts.events += n;
        counts.causalPairs += n * (n + 1.0) / 2.0;
        counts.allPairs += n * n;
    }
    return counts;
}

FlopCount sasRecFlops(const SasRecSizes& s, const SequenceCounts& counts, const ScoreWork& score)
{
    const double rows = counts.events * s.layers;
    Work work;
    work.addProduct("projections", rows, s.width, (s.outputProjection ? 4.0 : 3.0) * s.width);
    const double pairs = (s.bidirectional ? counts.allPairs : counts.causalPairs) * s.layers;
    work.add("attention", 2.0 * pairs * (s.width + s.width));
    work.add("filter", 8.0 * rows * s.filterFrequencies * s.width);
    work.addProduct("feed-forward", rows, s.width, (s.swiGlu ? 3.0 : 2.0) * s.inner);
    if (s.gated)
        work.addProduct("gates", rows, s.width, 2.0 * s.width);
    if (s.denseHead)
        work.addProduct("head", score.rows, s.width, s.width);
    work.addScores(score, s.width);
    return work.take();
}

FlopCount hstuFlops(const HstuSizes& s, const SequenceCounts& counts, const ScoreWork& score)
{
    const double rows = counts.events * s.layers, values = s.heads * s.valueDim, queries = s.heads * s.queryDim;
    Work work;
    if (s.narrowItems > 0.0)
        work.addProduct("item projection", counts.events, s.narrowItems, s.itemWidth);
    work.addProduct("projections", rows, s.width, 2.0 * (values + queries));
    work.add("attention", 2.0 * counts.causalPairs * s.layers * (queries + values));
    work.addProduct("output", rows, (s.concatenate ? 3.0 : 1.0) * values, s.width);
    work.addScores(score, s.itemWidth);
    return work.take();
}

FlopCount lruRecFlops(const LruRecSizes& s, const SequenceCounts& counts, const ScoreWork& score)
{
    const double rows = counts.events * s.layers;
    Work work;
    work.addProduct("projections", rows, s.width, 2.0 * (2.0 * s.state));
    work.add("recurrence", 8.0 * rows * s.state);
    work.addProduct("feed-forward", rows, s.width, 2.0 * s.inner);
    work.addScores(score, s.width);
    return work.take();
}

FlopCount gru4RecFlops(const Gru4RecSizes& s, const SequenceCounts& counts, const ScoreWork& score)
{
    const double inputs = s.embedding + (s.layers - 1.0) * s.hidden;
    Work work;
    work.addProduct("projections", counts.events, inputs, 3.0 * s.hidden);
    work.addProduct("recurrence", counts.events * s.layers, s.hidden, 3.0 * s.hidden);
    work.addProduct("output", counts.events, s.hidden, s.embedding);
    work.addScores(score, s.embedding);
    return work.take();
}

bool hasFlops(const std::string& model)
{
    return countedModels.contains(model);
}

void requireFlops(const std::string& model)
{
    if (hasFlops(model))
        return;
    std::string names;
    for (const std::string& name : countedModels)
        names += (names.empty() ? "" : ", ") + name;
    throw Error(ErrorKind::Usage, "no operations are known for the model '" + model + "'", "they are for " + names);
}

FlopCount modelFlops(const std::string& model, const Json& parameters, const SequenceCounts& counts,
    const ScoreWork& score, double encodedItems)
{
    requireFlops(model);
    static const std::set<std::string> sasRecs{"sasrec", "gsasrec", "esasrec", "bert4rec", "bsarec"};
    if (sasRecs.contains(model))
        return sasRecFlops(sasRecSizes(parameters), counts, score);
    if (model == "hstu")
        return hstuFlops(hstuSizes(parameters), counts, score);
    if (model == "lrurec")
        return lruRecFlops(lruRecSizes(parameters), counts, score);
    if (model == "gru4rec")
        return gru4RecFlops(
            {whole(parameters, "embedding"), whole(parameters, "hidden"), whole(parameters, "layers")}, counts, score);
    return srtFlops(srtSizes(parameters, 0.0), counts, score, encodedItems);
}

SrtSizes srtSizes(const Json& p, double maxLength)
{
    SrtSizes s;
    s.width = whole(p, "hidden");
    s.layers = whole(p, "layers");
    s.heads = whole(p, "heads");
    s.inner = whole(p, "inner") > 0.0 ? whole(p, "inner") : s.width;
    s.tokenWidth = whole(p, "piece_width");
    s.maxLength = maxLength;
    return s;
}

double SrtSizes::parametersWithoutTokens() const
{
    const double layer = 4.0 * width * width + 2.0 * width * inner + 9.0 * width + inner;
    return layers * layer + maxLength * width + (2.0 * tokenWidth * width + width) + 2.0 * width;
}

FlopCount srtFlops(const SrtSizes& s, const SequenceCounts& counts, const ScoreWork& score, double encodedItems)
{
    SasRecSizes user;
    user.width = s.width;
    user.layers = s.layers;
    user.inner = s.inner;
    FlopCount count = sasRecFlops(user, counts, score);
    Work encoder;
    encoder.addProduct("item encoder", encodedItems, 2.0 * s.tokenWidth, s.width);
    for (const WorkPart& part : encoder.take().parts)
        count.parts.push_back(part);
    return count;
}

double srtPaperCompute(const SrtSizes& s, double samples, double negatives)
{
    const double linear = s.maxLength * s.layers * (4.0 * s.width * s.width + 2.0 * s.width * s.inner);
    const double encoder = (s.maxLength + 1.0 + negatives) * 2.0 * s.tokenWidth * s.width;
    const double norms = 4.0 * (2.0 * s.layers + 1.0) * s.maxLength * s.width;
    const double softmax = s.layers * s.heads * s.maxLength * (3.0 * s.maxLength - 1.0);
    return samples * (linear + encoder + norms + softmax);
}

} // namespace recoscope
