// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/token_names.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/core/npy.h"
#include "engine/generative/prefix_trie.h"
#include "engine/generative/semantic_ids.h"
#include "engine/models/item_pieces.h"

namespace recoscope {

namespace {

// Rows of the dataset's items as `recoscope-cli encode` writes them: [items of the dataset, D].
std::vector<float> vectorsOfFile(const Path& file, const PreparedData& data, std::int64_t& width)
{
    const NpyArray array(file);
    const std::int64_t rows = data.dataset() ? data.dataset()->info().items : data.items();
    if (array.shape().size() != 2 || array.shape()[0] != rows || array.shape()[1] < 1)
        throw Error(ErrorKind::Input,
            file.string() + " has no vector for each of the " + std::to_string(rows) + " items of the dataset",
            "make it with recoscope-cli encode from this dataset");
    width = array.shape()[1];
    const auto values = array.values<float>();
    std::vector<float> vectors;
    for (std::int32_t item = 0; item < data.items(); ++item) {
        const auto row = values.subspan(
            static_cast<std::size_t>(data.dataset() ? data.datasetItem(item) : item) * static_cast<std::size_t>(width),
            static_cast<std::size_t>(width));
        vectors.insert(vectors.end(), row.begin(), row.end());
    }
    return vectors;
}

// A field's pieces, each drawn a direction and weighted by its rarity, added to the items' vectors: a random projection
// of TF-IDF (Johnson & Lindenstrauss), which keeps distances.
void addPieces(const FieldPieces& field, const std::string& name, std::int64_t width, std::vector<float>& vectors)
{
    const auto items = static_cast<std::int64_t>(field.offsets.size()) - 1;
    std::vector<std::int64_t> count(static_cast<std::size_t>(field.rows), 0);
    for (const std::int32_t piece : field.pieces)
        ++count[static_cast<std::size_t>(piece)];
    std::vector<float> directions;
    for (std::int64_t piece = 0; piece < field.rows; ++piece) {
        RandomStream random(1, "name vectors of " + name, static_cast<std::uint64_t>(piece));
        const double times = static_cast<double>(std::max<std::int64_t>(count[static_cast<std::size_t>(piece)], 1));
        const double weight = std::log(1.0 + double(items) / times);
        for (std::int64_t d = 0; d < width; ++d)
            directions.push_back(static_cast<float>(weight * random.normal()));
    }
    for (std::int64_t item = 0; item < items; ++item)
        for (std::int32_t p = field.offsets[item]; p < field.offsets[item + 1]; ++p)
            for (std::int64_t d = 0; d < width; ++d)
                vectors[item * width + d] += directions[field.pieces[p] * width + d];
}

std::vector<float> vectorsOfTitles(const FixedTensors& texts, std::int64_t items, std::int64_t width)
{
    std::vector<float> vectors(static_cast<std::size_t>(items * width), 0.0f);
    for (const char* field : {"title", "brand"})
        addPieces(fieldPieces(texts, field, items), field, width, vectors);
    for (std::int64_t item = 0; item < items; ++item) {
        float* row = vectors.data() + item * width;
        double square = 0.0;
        for (std::int64_t d = 0; d < width; ++d)
            square += double(row[d]) * double(row[d]);
        if (square == 0.0)
            row[0] = 1.0f; // no piece at all: such items lie together
        for (std::int64_t d = 0; d < width && square > 0.0; ++d)
            row[d] = static_cast<float>(double(row[d]) / std::sqrt(square));
    }
    return vectors;
}

FixedTensors nameTexts(const PreparedData& data, const Json& parameters)
{
    const std::int64_t longest = parameters.at("names") == "title" ? parameters.at("name_pieces").get<int>() : 40;
    return itemPieces(data, {{"pieces", parameters.at("pieces")}, {"title_pieces", longest}, {"brand_pieces", 8}});
}

NumberedSequences namedByTitle(const PreparedData& data, const Json& parameters)
{
    const FieldPieces titles = fieldPieces(nameTexts(data, parameters), "title", data.items());
    TokenSequences names;
    names.vocabulary = static_cast<std::int32_t>(titles.rows);
    for (std::size_t item = 0; item + 1 < titles.offsets.size(); ++item)
        names.append(std::span(titles.pieces)
                         .subspan(static_cast<std::size_t>(titles.offsets[item]),
                             static_cast<std::size_t>(titles.offsets[item + 1] - titles.offsets[item])));
    return numberSequences(names);
}

SemanticIds namedByCodes(const PreparedData& data, const Json& parameters)
{
    const std::string file = parameters.at("item_vectors");
    std::int64_t width = parameters.at("vector_width");
    const std::vector<float> vectors = file.empty() ? vectorsOfTitles(nameTexts(data, parameters), data.items(), width)
                                                    : vectorsOfFile(file, data, width);
    QuantiserOptions options;
    options.levels = parameters.at("levels");
    options.codes = std::min<std::int64_t>(parameters.at("codes").get<std::int64_t>(), data.items());
    Progress progress;
    return quantise({vectors.data(), data.items(), width}, options, progress);
}

} // namespace

FixedTensors itemNames(const PreparedData& data, const Json& parameters, const FixedTensors*)
{
    TokenSequences names;
    NameCollisions collisions;
    std::vector<std::int32_t> used;
    if (parameters.at("names") == "title") {
        NumberedSequences numbered = namedByTitle(data, parameters);
        names = std::move(numbered.sequences);
        collisions = numbered.collisions;
    } else {
        SemanticIds ids = namedByCodes(data, parameters);
        names = std::move(ids.sequences);
        collisions = ids.collisions;
        for (const CodeLevel& level : ids.levels)
            used.push_back(static_cast<std::int32_t>(level.used));
    }
    FixedTensors fixed;
    const std::vector<std::int32_t> offsets(names.offsets.begin(), names.offsets.end()), vocabulary{names.vocabulary},
        alike{static_cast<std::int32_t>(collisions.names), static_cast<std::int32_t>(collisions.items),
            static_cast<std::int32_t>(collisions.largest)};
    fixed.tensors["names.vocabulary"] = FixedTensor::ofInts(vocabulary);
    fixed.tensors["names.offsets"] = FixedTensor::ofInts(offsets);
    fixed.tensors["names.tokens"] = FixedTensor::ofInts(names.tokens);
    if (!used.empty())
        fixed.tensors["names.used"] = FixedTensor::ofInts(used);
    fixed.tensors["names.collisions"] = FixedTensor::ofInts(alike);
    return fixed;
}

TokenSequences namesOf(const FixedTensors& fixed, std::int64_t items)
{
    TokenSequences names;
    const std::vector<std::int32_t> vocabulary = fixed.ints("names.vocabulary"), offsets = fixed.ints("names.offsets");
    names.tokens = fixed.ints("names.tokens");
    names.offsets.assign(offsets.begin(), offsets.end());
    if (vocabulary.size() != 1 || std::ssize(offsets) != items + 1)
        throw Error(
            ErrorKind::Input, "the run's names do not fit its catalogue", "restore the run's weights, or train again");
    names.vocabulary = vocabulary[0];
    requireTokens(names);
    return names;
}

std::string nameUsage(const FixedTensors& fixed)
{
    std::string text = "names of titles";
    if (fixed.tensors.contains("names.used")) {
        text = "codes in use, level by level:";
        for (const std::int32_t used : fixed.ints("names.used"))
            text += " " + std::to_string(used);
    }
    if (!fixed.tensors.contains("names.collisions"))
        return text;
    if (const std::vector<std::int32_t> alike = fixed.ints("names.collisions"); alike.size() == 3)
        text += "; " + std::to_string(alike[0]) + " names before numbering, " + std::to_string(alike[1])
            + " items share theirs, at most " + std::to_string(alike[2]) + " one";
    return text;
}

} // namespace recoscope
