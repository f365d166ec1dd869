// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Small tokenisers of each kind, made in the test.
#pragma once

#include <bit>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "engine/text/tokenizer.h"
#include "engine/text/tokenizer_json.h"
#include "tests/temporary_folder.h"

namespace recoscope::test {

using Ids = std::vector<std::int32_t>;

// A tokenizer.json of this model, with `parts` (normalizer, pre_tokenizer, added_tokens, ...) beside it.
inline std::shared_ptr<const Tokenizer> tokenizerOf(const Json& model, const Json& parts = Json::object())
{
    Json file = {{"version", "1.0"}, {"truncation", nullptr}, {"padding", nullptr}, {"model", model}};
    file.update(parts);
    return tokenizerFromJson(file.dump(), "tokenizer.json");
}

inline std::shared_ptr<const Tokenizer> tokenizerOfText(const std::string& json)
{
    return tokenizerFromJson(json, "tokenizer.json");
}

// What a call throws; a test that expects an error and gets none fails at kind Internal.
template <class Call> Error errorOf(Call call)
{
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::Internal, "nothing was thrown", "none");
}

// Protocol buffers, as far as a SentencePiece file needs them.
inline std::string varint(std::uint64_t value)
{
    std::string bytes;
    for (; value >= 128; value >>= 7)
        bytes += static_cast<char>(value | 128);
    return bytes + static_cast<char>(value);
}

inline std::string field(int number, std::uint64_t value)
{
    return varint(static_cast<std::uint64_t>(number) << 3) + varint(value);
}

inline std::string field(int number, const std::string& bytes)
{
    return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(bytes.size()) + bytes;
}

struct SpPiece {
    std::string piece;
    float score = 0.0f;
    int type = 1; // 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
};

// The file of a model of type 1 (Unigram) or 2 (BPE): pieces, then trainer and normaliser settings as raw fields.
inline std::string spFile(int modelType, const std::vector<SpPiece>& pieces, const std::string& trainer = "",
    const std::string& normalizer = "")
{
    std::string file;
    for (const SpPiece& piece : pieces) {
        std::string score;
        for (int shift = 0; shift < 32; shift += 8)
            score += static_cast<char>(std::bit_cast<std::uint32_t>(piece.score) >> shift & 255);
        const std::string number = varint(2 << 3 | 5) + score;
        file += field(1, field(1, piece.piece) + number + field(3, static_cast<std::uint64_t>(piece.type)));
    }
    return file + field(2, field(3, static_cast<std::uint64_t>(modelType)) + trainer) + field(3, normalizer);
}

inline std::shared_ptr<const Tokenizer> spTokenizer(const std::string& file)
{
    const TemporaryFolder folder;
    std::ofstream(folder / "spm.model", std::ios::binary) << file;
    return loadTokenizer(folder.path());
}

} // namespace recoscope::test
