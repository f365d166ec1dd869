// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/text_items.h"

#include <algorithm>
#include <numeric>

#include "engine/core/error.h"
#include "engine/models/common_schema.h"
#include "engine/models/given_vectors.h"
#include "engine/models/text_sasrec.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using torch::Tensor;

namespace {

// [V+1, width]: the file's vectors, and zeros for the start token.
Tensor givenTable(const FixedTensors& fixed, std::int64_t items)
{
    const std::string name = "text.vectors";
    const std::vector<std::int64_t>& shape = fixed.at(name).shape;
    std::vector<float> values = fixed.at(name).floats(name);
    if (shape.size() != 2 || shape[0] != items || shape[1] < 1 || std::ssize(values) != shape[0] * shape[1])
        throw Error(ErrorKind::Input, "the run's vectors do not fit its catalogue",
            "restore the run's weights, or train again");
    values.resize(values.size() + static_cast<std::size_t>(shape[1]), 0.0f);
    return torch::tensor(values).view({items + 1, shape[1]});
}

void appendPieces(std::vector<std::int32_t>& tokens, const FieldPieces& field, std::size_t item, std::int64_t firstRow)
{
    for (std::int32_t p = field.offsets[item]; p < field.offsets[item + 1]; ++p)
        tokens.push_back(field.pieces[static_cast<std::size_t>(p)] + static_cast<std::int32_t>(firstRow));
}

} // namespace

TextModelConfig itemReader(const Json& p, std::int64_t rows, std::int64_t width, std::int64_t heads)
{
    const std::int64_t longest
        = p.at("title_pieces").get<std::int64_t>() + p.at("brand_pieces").get<std::int64_t>() + 1;
    DecoderShape shape{.vocabulary = std::max<std::int64_t>(rows, 1),
        .width = width,
        .inner = p.at("item_inner"),
        .layers = p.at("item_layers"),
        .heads = heads,
        .positions = longest};
    shape.takeForm(p);
    return decoderConfig(shape);
}

TextItems::TextItems(Parameters& parameters, const ModelSetup& setup, std::int64_t width, std::int64_t heads)
{
    const FixedTensors& fixed = keptTexts(setup);
    if (!setup.parameters.at("item_vectors").get<std::string>().empty()) {
        m_given = parameters.fixed(givenTable(fixed, setup.items));
        return;
    }
    m_titles = fieldPieces(fixed, "title", setup.items);
    m_brands = fieldPieces(fixed, "brand", setup.items);
    m_model.emplace(parameters, itemReader(setup.parameters, m_titles.rows + m_brands.rows, width, heads),
        nn::TextNetworkOptions(), setup.parameters.at("pooling") == "mean" ? ItemPooling::Mean : ItemPooling::Token);
}

Tensor TextItems::operator()(const Tensor& items) const
{
    if (areGiven())
        return m_given.index_select(0, nn::sentTo(m_given.device(), items));
    ForwardContext plain; // item vectors are the same in training and afterwards: no dropout
    return (*m_model)(textsOf(items.cpu()), plain);
}

FlopCount TextItems::flops(std::span<const double> reads) const
{
    FlopCount work;
    if (areGiven())
        return work;
    SequenceCounts rows;
    for (std::size_t item = 0; item < reads.size(); ++item) {
        const bool hasText = item + 1 < m_titles.offsets.size();
        const double tokens = hasText ? 1.0 + m_titles.offsets[item + 1] - m_titles.offsets[item]
                + m_brands.offsets[item + 1] - m_brands.offsets[item]
                                      : 1.0;
        rows.events += reads[item] * tokens;
        rows.causalPairs += reads[item] * tokens * (tokens + 1.0) / 2.0;
    }
    const TextModelConfig& c = m_model->network().config();
    work.addAs("item texts", sasRecFlops(decoderSizes(c), rows, {}));
    return work;
}

FlopCount TextItems::adapterFlops(std::span<const double> reads, double width) const
{
    const double forward = 2.0 * std::accumulate(reads.begin(), reads.end(), 0.0) * width * double(this->width());
    FlopCount work;
    work.add("item adapter", forward, areGiven() ? forward : 2.0 * forward);
    return work;
}

nn::TextBatch TextItems::textsOf(const Tensor& items) const
{
    const auto* ids = items.const_data_ptr<std::int32_t>();
    std::vector<std::int32_t> tokens;
    std::vector<std::int64_t> offsets{0};
    for (std::int64_t i = 0; i < items.size(0); ++i) {
        const auto item = static_cast<std::size_t>(ids[i]);
        if (item + 1 < m_titles.offsets.size()) {
            appendPieces(tokens, m_titles, item, 0);
            appendPieces(tokens, m_brands, item, m_titles.rows);
        }
        tokens.push_back(0); // where the item token stands
        offsets.push_back(static_cast<std::int64_t>(tokens.size()));
    }
    nn::TextBatch texts = nn::makeVectorBatch(torch::tensor(offsets, torch::kInt64));
    texts.tokens = torch::tensor(tokens, torch::kInt32);
    return texts;
}

FixedTensors keptOfItems(const PreparedData& data, const Json& parameters, const FixedTensors* source)
{
    const std::string file = parameters.at("item_vectors");
    return file.empty() ? itemPieces(data, parameters, source) : givenVectors(data, file);
}

void requireItemVectors(const Json& parameters, const DataFacts& data)
{
    requireTitles(parameters, data);
    if (const std::string file = parameters.at("item_vectors"); !file.empty())
        checkGivenVectors(file, data.catalogue);
}

namespace schema {

ParameterSchema itemTextModel()
{
    const std::string group = "Item text";
    return ParameterSchema({
        text("item_vectors", "Given vectors",
            "A .npy of vectors, one for each item of the catalogue, that stay as they are in place of a trained text "
            "model's; recoscope-cli encode makes it",
            group),
        integer("item_layers", "Item layers", 1, 1, 32, "", "Layers of the text model that reads an item", group),
        integer("item_inner", "Item feed-forward", 0, 0, 8192, "dims", "Its inner width; 0 = twice the width", group),
        choice("pooling", "Item vector", "token", {"token", "mean"},
            "What the text model makes of the token behind the text, or the mean over text and token", group),
    });
}

ParameterSchema decoder()
{
    const std::string form = "Decoder";
    return ParameterSchema({
        integer("key_heads", "Key heads", 0, 0, 16, "", "Heads of keys and values that heads share; 0 = each its own",
            form),
        real("norm_epsilon", "Norm epsilon", 1e-5, 0.0, 0.1, "Added to the mean square in RMS norms", form),
        real("rotary_base", "Rotary base", 10000.0, 1.0, 1e9, "Of the angles that positions turn heads by", form),
    });
}

} // namespace schema

} // namespace recoscope
