// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The shared fixtures: every id of every text as the public implementations give it.

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "engine/core/json.h"
#include "engine/text/tokenizer.h"

namespace recoscope {
namespace {

Path fixtures()
{
    const char* shared = std::getenv("RECOSCOPE_SHARED");
    const Path root = shared ? Path(shared) : Path(RECOSCOPE_SOURCE_DIR) / ".." / "shared";
    return root / "parity" / "tokenizers";
}

class TokenizerFixture : public testing::TestWithParam<const char*> { };

TEST_P(TokenizerFixture, EveryIdAndTheTextAgain)
{
    const Path folder = fixtures() / GetParam();
    if (!std::filesystem::exists(folder / "cases.jsonl"))
        GTEST_SKIP() << "no fixtures at " << folder;
    if (!std::filesystem::exists(folder / "tokenizer.json") && !std::filesystem::exists(folder / "spm.model"))
        GTEST_SKIP() << "no tokeniser beside the cases in " << folder;
    const auto tokenizer = loadTokenizer(folder);
    std::ifstream lines(folder / "cases.jsonl");
    int texts = 0;
    for (std::string line; std::getline(lines, line); ++texts) {
        const Json c = parseJson(line, "cases.jsonl");
        const auto text = c.at("text").get<std::string>();
        const auto ids = c.at("ids").get<std::vector<std::int32_t>>();
        EXPECT_EQ(tokenizer->encode(text), ids) << line.substr(0, 200);
        if (c.contains("decoded")) {
            EXPECT_EQ(tokenizer->decode(ids), c.at("decoded").get<std::string>()) << line.substr(0, 200);
        }
    }
    EXPECT_GT(texts, 100);
}

INSTANTIATE_TEST_SUITE_P(Folders, TokenizerFixture,
    testing::Values("byte_level_bpe_gpt2", "byte_level_bpe_qwen2", "wordpiece_bert", "unigram_t5_like",
        "sentencepiece_bpe", "sentencepiece_unigram", "minilm"),
    [](const auto& parameter) { return std::string(parameter.param); });

} // namespace
} // namespace recoscope
