// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A tokeniser beside cases.jsonl: one JSON object a line with "text", "ids" and, where known, "decoded". All must be
// equal; the row's error is the number of texts that are not.

#include <algorithm>
#include <sstream>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "engine/evaluation/parity_evaluation.h"
#include "engine/text/tokenizer.h"

namespace recoscope {

namespace {

ParityRow rowOf(const Path& folder, const char* what, int differing, int texts)
{
    ParityRow row;
    row.caseName = folder.filename().string();
    row.tensor = std::string(what) + " of " + std::to_string(texts) + " texts";
    row.maxAbs = differing;
    row.ok = differing == 0 && texts > 0;
    return row;
}

} // namespace

bool isTokenizerFixture(const Path& folder)
{
    return std::filesystem::exists(folder / "cases.jsonl") && !std::filesystem::exists(folder / "case.json");
}

std::vector<ParityRow> parityTokenizer(const Path& folder, const Path& tokenizerPath)
{
    const auto tokenizer = loadTokenizer(tokenizerPath);
    std::istringstream lines(readFile(folder / "cases.jsonl"));
    int texts = 0, otherIds = 0, decodedTexts = 0, otherText = 0;
    for (std::string line; std::getline(lines, line); ++texts) {
        const std::string origin = (folder / "cases.jsonl").string() + " line " + std::to_string(texts + 1);
        const Json c = parseJson(line, origin);
        try {
            const auto ids = c.at("ids").get<std::vector<std::int32_t>>();
            otherIds += tokenizer->encode(c.at("text").get<std::string>()) != ids;
            if (!c.contains("decoded"))
                continue;
            ++decodedTexts;
            otherText += tokenizer->decode(ids) != c.at("decoded").get<std::string>();
        } catch (const Json::exception& error) {
            throw Error(ErrorKind::Input, origin + ": " + error.what(), "check the fixture");
        }
    }
    std::vector<ParityRow> rows{rowOf(folder, "ids", otherIds, texts)};
    if (decodedTexts > 0)
        rows.push_back(rowOf(folder, "decoding", otherText, decodedTexts));
    return rows;
}

} // namespace recoscope
