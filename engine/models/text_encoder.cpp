// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/text_encoder.h"

#include <algorithm>
#include <numeric>

#include "engine/core/error.h"
#include "engine/core/hash.h"
#include "engine/nn/pass_threads.h"
#include "engine/nn/text_model.h"
#include "engine/nn/unit_rows.h"
#include "engine/text/sentence_settings.h"
#include "engine/text/tokenizer.h"

namespace recoscope {

using torch::Tensor;

namespace {

constexpr std::int64_t defaultTokens = 128;
constexpr std::int64_t batchTokens = 4096; // few enough that a layer's rows stay in the cache
constexpr std::size_t tokenisedAtOnce = 1 << 16; // texts

struct ResolvedSettings {
    TextPooling pooling = TextPooling::Mean;
    bool normalise = true;
    std::int64_t maxTokens = defaultTokens;
};

ResolvedSettings resolve(const TextEncoderSettings& asked, const SentenceSettings& said, const TextModelConfig& config)
{
    ResolvedSettings r;
    r.pooling = config.isEncoder() ? TextPooling::Mean : TextPooling::LastToken;
    if (!said.pooling.empty())
        r.pooling = said.pooling == "mean" ? TextPooling::Mean
            : said.pooling == "cls"        ? TextPooling::FirstToken
                                           : TextPooling::LastToken;
    r.pooling = asked.pooling.value_or(r.pooling);
    r.normalise = asked.normalise.value_or(said.said ? said.normalise : true);
    const std::int64_t own = said.maxTokens > 0 ? said.maxTokens : defaultTokens;
    r.maxTokens = asked.maxTokens > 0 ? asked.maxTokens : std::min(own, config.positions);
    if (r.maxTokens > config.positions)
        throw Error(ErrorKind::Usage,
            std::to_string(r.maxTokens) + " tokens a text, but the model has " + std::to_string(config.positions)
                + " positions",
            "ask for fewer tokens");
    return r;
}

const char* poolingName(TextPooling pooling)
{
    switch (pooling) {
    case TextPooling::Mean: return "mean";
    case TextPooling::FirstToken: return "first";
    case TextPooling::LastToken: break;
    }
    return "last";
}

// Texts of like length together: the rows of a batch then cost about the same.
std::vector<std::size_t> byLength(const std::vector<std::vector<std::int32_t>>& ids)
{
    std::vector<std::size_t> order(ids.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::stable_sort(
        order.begin(), order.end(), [&ids](std::size_t a, std::size_t b) { return ids[a].size() < ids[b].size(); });
    return order;
}

class FolderEncoder : public TextEncoder {
public:
    FolderEncoder(const Path& folder, const TextWeights& weights, const TextEncoderSettings& settings)
        : m_tokenizer(loadTokenizer(folder))
        , m_settings(resolve(settings, readSentenceSettings(folder), weights.config))
        , m_model(nn::makeTextModel(weights))
    {
        if (m_tokenizer->size() > weights.config.vocabulary)
            throw Error(ErrorKind::Input,
                folder.string() + ": the tokeniser has " + std::to_string(m_tokenizer->size())
                    + " ids, the model's table of words only " + std::to_string(weights.config.vocabulary) + " rows",
                "take tokeniser and weights of the same model");
        m_version = versionOf(folder, weights);
    }

    std::int64_t width() const override { return m_model->network->config().width; }
    const std::string& version() const override { return m_version; }
    std::string description() const override
    {
        const TextModelConfig& c = m_model->network->config();
        const std::string most = "at most " + std::to_string(m_settings.maxTokens) + " tokens";
        const std::string pooled = m_settings.pooling == TextPooling::Mean
            ? "mean of " + most
            : std::string(poolingName(m_settings.pooling)) + " of " + most;
        return std::string(textFamilyName(c.family)) + ", " + std::to_string(c.layers) + " layers, "
            + std::to_string(c.width) + " dims, " + pooled + (m_settings.normalise ? ", unit length" : "");
    }

    std::vector<float> encode(std::span<const std::string> texts, Progress& progress) const override
    {
        std::vector<float> vectors(texts.size() * static_cast<std::size_t>(width()), 0.0f);
        for (std::size_t begin = 0; begin < texts.size(); begin += tokenisedAtOnce) {
            const std::size_t count = std::min(tokenisedAtOnce, texts.size() - begin);
            encodePart(texts, begin, count, vectors, progress);
        }
        return vectors;
    }

private:
    using Ids = std::vector<std::int32_t>;

    std::string versionOf(const Path& folder, const TextWeights& weights) const
    {
        std::string parts = std::string("recoscope-text-1 ") + poolingName(m_settings.pooling)
            + (m_settings.normalise ? " unit " : " raw ") + std::to_string(m_settings.maxTokens);
        for (const Path& file : weights.paths)
            parts += "\n" + sha256HexOfFile(file);
        return sha256Hex(parts + "\n" + sha256HexOfFile(tokenizerFile(folder)));
    }

    void encodePart(std::span<const std::string> texts, std::size_t begin, std::size_t count,
        std::vector<float>& vectors, Progress& progress) const
    {
        std::vector<Ids> ids(count);
        for (std::size_t i = 0; i < count; ++i) {
            progress.checkCancelled();
            ids[i] = m_tokenizer->encode(texts[begin + i], true, static_cast<std::size_t>(m_settings.maxTokens));
        }
        const std::vector<std::size_t> order = byLength(ids);
        auto next = std::find_if(order.begin(), order.end(), [&ids](std::size_t i) { return !ids[i].empty(); });
        while (next != order.end()) {
            progress.checkCancelled();
            std::vector<std::span<const std::int32_t>> batch;
            const auto first = next;
            std::int64_t tokens = 0;
            for (; next != order.end() && (batch.empty() || tokens + std::ssize(ids[*next]) <= batchTokens); ++next) {
                batch.emplace_back(ids[*next]);
                tokens += std::ssize(ids[*next]);
            }
            const Tensor rows = encodeBatch(batch);
            const float* row = rows.const_data_ptr<float>();
            for (auto text = first; text != next; ++text, row += width())
                std::copy(row, row + width(), vectors.begin() + static_cast<std::ptrdiff_t>(begin + *text) * width());
            const auto done = begin + static_cast<std::size_t>(next - order.begin());
            progress.update(static_cast<double>(done) / static_cast<double>(texts.size()),
                "Encoding texts · " + std::to_string(done) + " / " + std::to_string(texts.size()));
        }
    }

    Tensor encodeBatch(std::span<const std::span<const std::int32_t>> texts) const
    {
        const torch::NoGradGuard guard;
        const nn::TextBatch batch = nn::makeTextBatch(texts);
        const TextModelConfig& c = m_model->network->config();
        const PassThreads threads(batch.length() * c.layers * (c.width + c.inner));
        ForwardContext context;
        const Tensor hidden = m_model->network->hidden(batch, context);
        Tensor pooled;
        switch (m_settings.pooling) {
        case TextPooling::Mean: pooled = nn::meanRows(hidden, batch); break;
        case TextPooling::FirstToken: pooled = hidden.index_select(0, batch.firstRows()); break;
        case TextPooling::LastToken: pooled = hidden.index_select(0, batch.lastRows()); break;
        }
        if (m_settings.normalise)
            pooled = nn::unitRows(pooled);
        return pooled.contiguous();
    }

    std::shared_ptr<const Tokenizer> m_tokenizer;
    ResolvedSettings m_settings;
    std::unique_ptr<nn::TextModel> m_model;
    std::string m_version;
};

} // namespace

std::shared_ptr<const TextEncoder> openTextEncoder(const Path& folder, const TextEncoderSettings& settings)
{
    return std::make_shared<FolderEncoder>(folder, openTextWeights(folder), settings);
}

} // namespace recoscope
