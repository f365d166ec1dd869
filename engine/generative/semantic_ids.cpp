// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/generative/semantic_ids.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr std::int64_t mostLevels = 16, mostCodes = 65536;
constexpr double longest = 1e15; // of a vector: products of two must fit a float with room to spare

void requireOptions(const QuantiserOptions& o, std::int64_t items)
{
    if (o.levels < 1 || o.levels > mostLevels)
        throw Error(ErrorKind::Usage, std::to_string(o.levels) + " levels of codes",
            "choose 1 to " + std::to_string(mostLevels));
    if (o.codes < 2 || o.codes > mostCodes || o.iterations < 1)
        throw Error(ErrorKind::Usage,
            std::to_string(o.codes) + " codes a level in " + std::to_string(o.iterations) + " iterations",
            "choose 2 to " + std::to_string(mostCodes) + " codes and at least 1 iteration");
    if (o.codes > items)
        throw Error(ErrorKind::Usage,
            std::to_string(o.codes) + " codes a level are more than the " + std::to_string(items) + " items",
            "choose at most as many codes as items");
}

void requireVectors(const MatrixRows& x)
{
    if (x.rows < 1 || x.width < 1 || !x.values)
        throw Error(ErrorKind::Input,
            "item vectors of shape [" + std::to_string(x.rows) + ", " + std::to_string(x.width) + "]",
            "give a vector for every item");
    for (std::int64_t item = 0; item < x.rows; ++item) {
        double length = 0.0;
        for (std::int64_t d = 0; d < x.width; ++d)
            length += double(x.row(item)[d]) * double(x.row(item)[d]);
        const std::string where = "the vector of item " + std::to_string(item);
        if (!std::isfinite(length))
            throw Error(
                ErrorKind::Input, where + " has values that are not finite numbers", "compute the item vectors again");
        if (length > longest * longest)
            throw Error(ErrorKind::Input, where + " is too long to compare", "scale the vectors to unit length");
        if (length == 0.0)
            throw Error(ErrorKind::Input, where + " is zero",
                "give items without a text the vector of the empty text, or leave them out");
    }
}

std::vector<float> meanRow(const MatrixRows& x)
{
    std::vector<double> sums(static_cast<std::size_t>(x.width), 0.0);
    for (std::int64_t item = 0; item < x.rows; ++item)
        for (std::int64_t d = 0; d < x.width; ++d)
            sums[static_cast<std::size_t>(d)] += double(x.row(item)[d]);
    std::vector<float> mean;
    for (const double sum : sums)
        mean.push_back(static_cast<float>(sum / double(x.rows)));
    return mean;
}

double meanSquare(std::span<const float> residuals, std::int64_t rows)
{
    double sum = 0.0;
    for (const float r : residuals)
        sum += double(r) * double(r);
    return sum / double(rows);
}

CodeLevel levelOf(Clusters&& clusters)
{
    CodeLevel level;
    level.codes = clusters.codes;
    level.centroids = std::move(clusters.centroids);
    std::vector<std::int64_t> counts(static_cast<std::size_t>(level.codes), 0);
    for (const std::int32_t code : clusters.codeOf)
        ++counts[static_cast<std::size_t>(code)];
    double entropy = 0.0;
    for (const std::int64_t count : counts) {
        if (count == 0)
            continue;
        const double share = double(count) / double(clusters.codeOf.size());
        ++level.used;
        entropy -= share * std::log(share);
        level.largestShare = std::max(level.largestShare, share);
    }
    level.perplexity = std::exp(entropy);
    return level;
}

} // namespace

SemanticIds quantise(const MatrixRows& vectors, const QuantiserOptions& options, Progress& progress)
{
    requireVectors(vectors);
    requireOptions(options, vectors.rows);
    SemanticIds ids;
    ids.mean = meanRow(vectors);
    const auto width = static_cast<std::size_t>(vectors.width), items = static_cast<std::size_t>(vectors.rows);
    std::vector<float> residuals(vectors.values, vectors.values + items * width);
    for (std::size_t i = 0; i < residuals.size(); ++i)
        residuals[i] -= ids.mean[i % width];
    const double whole = meanSquare(residuals, vectors.rows);
    std::vector<std::vector<std::int32_t>> codes;
    for (std::int64_t l = 0; l < options.levels; ++l) {
        progress.update(double(l) / double(options.levels),
            "Quantising items · level " + std::to_string(l + 1) + " / " + std::to_string(options.levels));
        RandomStream random(options.seed, "semantic ids", static_cast<std::uint64_t>(l));
        Clusters clusters = kMeans(
            {residuals.data(), vectors.rows, vectors.width}, {options.codes, options.iterations}, random, progress);
        codes.push_back(clusters.codeOf);
        for (std::size_t i = 0; i < residuals.size(); ++i)
            residuals[i] -= clusters.centroids[static_cast<std::size_t>(codes.back()[i / width]) * width + i % width];
        ids.levels.push_back(levelOf(std::move(clusters)));
        ids.levels.back().unexplained = whole > 0.0 ? meanSquare(residuals, vectors.rows) / whole : 0.0;
    }
    TokenSequences named;
    named.vocabulary = static_cast<std::int32_t>(options.levels * options.codes);
    std::vector<std::int32_t> name(codes.size());
    for (std::size_t item = 0; item < items; ++item) {
        for (std::size_t l = 0; l < codes.size(); ++l)
            name[l] = static_cast<std::int32_t>(std::int64_t(l) * options.codes) + codes[l][item];
        named.append(name);
    }
    NumberedSequences numbered = numberSequences(named);
    ids.sequences = std::move(numbered.sequences);
    ids.collisions = numbered.collisions;
    progress.update(1.0, "Quantising items");
    return ids;
}

} // namespace recoscope
