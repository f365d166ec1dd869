// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/item_pieces.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "engine/core/error.h"
#include "engine/core/file.h"
#include "engine/data/catalogue.h"
#include "engine/text/piece_training.h"
#include "engine/text/tokenizer_json.h"

namespace recoscope {

namespace {

struct ItemTexts {
    std::vector<std::string> titles, brands; // [items]
};

[[noreturn]] void failWithoutTitles(const std::string& dataset)
{
    throw Error(ErrorKind::Input, "no item of '" + dataset + "' has a title, and this model reads titles",
        "import the data with their items (--items FILE), or choose a model that needs no texts");
}

ItemTexts textsOf(const PreparedData& data)
{
    if (!data.dataset())
        throw Error(ErrorKind::Input, "the data have no catalogue, and this model reads titles",
            "prepare them from a dataset with titles");
    constexpr std::int32_t block = 4096; // a record holds a description too
    ItemTexts texts;
    std::vector<std::int32_t> indices;
    for (std::int32_t begin = 0; begin < data.items(); begin += block) {
        indices.clear();
        for (std::int32_t item = begin; item < std::min(data.items(), begin + block); ++item)
            indices.push_back(data.datasetItem(item));
        for (ItemRecord& record : data.dataset()->catalogue().items(indices)) {
            texts.titles.push_back(std::move(record.title));
            texts.brands.push_back(record.brand.empty() ? "unknown" : std::move(record.brand));
        }
    }
    if (std::all_of(texts.titles.begin(), texts.titles.end(), [](const std::string& t) { return t.empty(); }))
        failWithoutTitles(data.dataset()->info().name);
    return texts;
}

// A tokenizer.json: its content, which a run keeps, and what it says.
struct Vocabulary {
    std::string content;
    std::shared_ptr<const Tokenizer> tokenizer;
};

Vocabulary vocabularyOf(std::string content, const std::string& name = "the run's vocabulary")
{
    std::shared_ptr<const Tokenizer> tokenizer = tokenizerFromJson(content, name);
    return {std::move(content), std::move(tokenizer)};
}

// Of the file that the parameters name; empty when they name none.
Vocabulary givenVocabulary(const Json& parameters)
{
    const Path file = parameters.value("tokenizer", "");
    if (file.empty())
        return {};
    return vocabularyOf(readFile(std::filesystem::is_directory(file) ? file / "tokenizer.json" : file), file.string());
}

std::string learnedVocabulary(const ItemTexts& texts, std::int64_t pieces)
{
    std::vector<std::string> all = texts.titles;
    all.insert(all.end(), texts.brands.begin(), texts.brands.end());
    return trainPieces(all, pieces);
}

// Ids of every text, packed.
struct EncodedTexts {
    std::vector<std::int32_t> offsets{0}, ids;
};

EncodedTexts encoded(
    const Tokenizer& tokenizer, const std::vector<std::string>& texts, bool addSpecial, std::size_t longest)
{
    EncodedTexts out;
    for (const std::string& text : texts) {
        const std::vector<std::int32_t> ids = tokenizer.encode(text, addSpecial, longest);
        out.ids.insert(out.ids.end(), ids.begin(), ids.end());
        out.offsets.push_back(static_cast<std::int32_t>(out.ids.size()));
    }
    return out;
}

// Rows in the order of the ids that occur.
std::vector<std::int32_t> rowsOf(const EncodedTexts& texts, std::int32_t ids)
{
    std::vector<std::int32_t> rows(static_cast<std::size_t>(ids), -1);
    for (const std::int32_t id : texts.ids)
        rows[id] = 0;
    std::int32_t next = 0;
    for (std::int32_t& row : rows)
        if (row == 0)
            row = next++;
    return rows;
}

void addField(FixedTensors& fixed, const std::string& field, const EncodedTexts& texts, const std::vector<int>& rows)
{
    std::vector<std::int32_t> offsets{0}, pieces;
    for (std::size_t item = 0; item + 1 < texts.offsets.size(); ++item) {
        for (std::int32_t i = texts.offsets[item]; i < texts.offsets[item + 1]; ++i)
            if (const std::int32_t row = rows[texts.ids[i]]; row >= 0)
                pieces.push_back(row);
        offsets.push_back(static_cast<std::int32_t>(pieces.size()));
    }
    fixed.tensors["text." + field + ".rows"] = FixedTensor::ofInts(rows);
    fixed.tensors["text." + field + ".offsets"] = FixedTensor::ofInts(offsets);
    fixed.tensors["text." + field + ".pieces"] = FixedTensor::ofInts(pieces);
}

} // namespace

void requireTitles(const Json& parameters, const DataFacts& data)
{
    if (!data.titles)
        failWithoutTitles(data.dataset);
    givenVocabulary(parameters);
}

FixedTensors wholeVocabulary(const Json& parameters)
{
    const Vocabulary vocabulary = givenVocabulary(parameters);
    std::vector<std::int32_t> rows(static_cast<std::size_t>(vocabulary.tokenizer->size()));
    std::iota(rows.begin(), rows.end(), 0);
    FixedTensors fixed;
    fixed.tensors["text.tokenizer"] = FixedTensor::ofText(vocabulary.content);
    fixed.tensors["text.title.rows"] = FixedTensor::ofInts(rows);
    fixed.tensors["text.brand.rows"] = FixedTensor::ofInts(std::vector<std::int32_t>(rows.size(), -1));
    return fixed;
}

FixedTensors itemPieces(const PreparedData& data, const Json& parameters, const FixedTensors* source)
{
    ItemTexts texts = textsOf(data);
    Vocabulary vocabulary = source ? vocabularyOf(source->text("text.tokenizer")) : givenVocabulary(parameters);
    if (!vocabulary.tokenizer)
        vocabulary = vocabularyOf(learnedVocabulary(texts, parameters.at("pieces")));
    const bool fromFile = !parameters.value("tokenizer", "").empty();
    for (std::string& title : texts.titles)
        title.insert(0, parameters.value("prompt", ""));
    const Tokenizer& tokenizer = *vocabulary.tokenizer;
    FixedTensors fixed;
    fixed.tensors["text.tokenizer"] = FixedTensor::ofText(vocabulary.content);
    const auto add = [&](const char* field, const std::vector<std::string>& words, const char* longest) {
        const EncodedTexts ids = encoded(tokenizer, words, fromFile, parameters.at(longest));
        const auto rows = source ? source->ints("text." + std::string(field) + ".rows") : rowsOf(ids, tokenizer.size());
        if (rows.size() != static_cast<std::size_t>(tokenizer.size()))
            throw Error(ErrorKind::Input, "the run's rows do not fit its vocabulary", "restore the run's weights");
        addField(fixed, field, ids, rows);
    };
    add("title", texts.titles, "title_pieces");
    add("brand", texts.brands, "brand_pieces");
    return fixed;
}

FieldPieces fieldPieces(const FixedTensors& fixed, const std::string& field, std::int64_t items)
{
    const std::string name = "text." + field;
    FieldPieces out;
    for (const std::int32_t row : fixed.ints(name + ".rows"))
        out.rows = std::max<std::int64_t>(out.rows, row + std::int64_t{1});
    out.offsets = fixed.ints(name + ".offsets");
    out.pieces = fixed.ints(name + ".pieces");
    const bool whole = out.offsets.size() == static_cast<std::size_t>(items) + 1 && out.offsets.front() == 0
        && out.offsets.back() == static_cast<std::int64_t>(out.pieces.size())
        && std::is_sorted(out.offsets.begin(), out.offsets.end());
    const auto inTable = [&](std::int32_t row) { return row >= 0 && row < out.rows; };
    if (!whole || !std::all_of(out.pieces.begin(), out.pieces.end(), inTable))
        throw Error(ErrorKind::Input, "the run's pieces of the " + field + " do not fit its catalogue",
            "restore the run's weights, or train again");
    return out;
}

} // namespace recoscope
