// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/text/tokenizer_json.h"

#include <algorithm>

#include "engine/text/added_tokens.h"
#include "engine/text/decoders.h"
#include "engine/text/json_fields.h"
#include "engine/text/post_processors.h"
#include "engine/text/pre_tokenizers.h"
#include "engine/text/token_model.h"
#include "engine/text/unicode.h"

namespace recoscope {

namespace {

const Json& partOf(const Json& json, const char* key)
{
    static const Json none;
    return hasField(json, key) ? json.at(key) : none;
}

class JsonTokenizer : public Tokenizer {
public:
    JsonTokenizer(const Json& json, const std::string& origin)
        : m_model(makeTokenModel(partOf(json, "model"), origin + ": model"))
        , m_normalizer(makeNormalizer(partOf(json, "normalizer"), origin + ": normalizer"))
        , m_preTokenizer(makePreTokenizer(partOf(json, "pre_tokenizer"), origin + ": pre_tokenizer"))
        , m_postProcessor(makePostProcessor(partOf(json, "post_processor"), origin + ": post_processor"))
        , m_decoder(makeDecoder(partOf(json, "decoder"), origin + ": decoder"))
        , m_added(partOf(json, "added_tokens"), m_model.model->vocabulary(), *m_normalizer, origin + ": added_tokens")
    {
    }

    std::string decode(std::span<const std::int32_t> ids, bool skipSpecial) const override
    {
        std::vector<std::string> pieces;
        for (const std::int32_t id : ids) {
            std::string text = piece(id);
            if (!text.empty() && !(skipSpecial && m_added.isSpecial(text)))
                pieces.push_back(std::move(text));
        }
        std::string text;
        for (const std::string& part : m_decoder->apply(std::move(pieces)))
            text += part;
        return text;
    }

    std::int32_t idOf(std::string_view piece) const override
    {
        const std::int32_t added = m_added.vocabulary().idOf(piece);
        return added >= 0 ? added : m_model.model->vocabulary().idOf(piece);
    }

    std::string piece(std::int32_t id) const override
    {
        const std::string& added = m_added.vocabulary().piece(id);
        return added.empty() ? m_model.model->vocabulary().piece(id) : added;
    }

    std::int32_t size() const override
    {
        return std::max(m_added.vocabulary().size(), m_model.model->vocabulary().size());
    }

    std::string kind() const override { return m_model.kind; }

protected:
    std::vector<std::int32_t> encodePlain(std::string_view text) const override
    {
        std::vector<std::int32_t> ids;
        std::vector<TextPiece> pieces;
        for (TextSection& section : m_added.sections(validUtf8(text), *m_normalizer)) {
            if (section.id >= 0) {
                ids.push_back(section.id);
                continue;
            }
            pieces.assign(1, {std::move(section.text), section.first});
            m_preTokenizer->apply(pieces);
            for (const TextPiece& piece : pieces)
                m_model.model->encode(piece.text, ids);
        }
        return ids;
    }

    std::vector<std::int32_t> withSpecial(std::vector<std::int32_t> ids) const override
    {
        return m_postProcessor->apply(std::move(ids));
    }

private:
    NamedTokenModel m_model;
    std::unique_ptr<Normalizer> m_normalizer;
    std::unique_ptr<PreTokenizer> m_preTokenizer;
    std::unique_ptr<PostProcessor> m_postProcessor;
    std::unique_ptr<Decoder> m_decoder;
    AddedTokens m_added;
};

} // namespace

std::shared_ptr<const Tokenizer> tokenizerFromJson(const std::string& content, const std::string& origin)
{
    const Json json = parseJson(content, origin);
    if (!json.is_object())
        failInput(origin, "is not a JSON object");
    return std::make_shared<JsonTokenizer>(json, origin);
}

} // namespace recoscope
