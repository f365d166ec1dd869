// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Vectors of a text encoder: `sentence_embedding` (mean over the tokens, unit length) and `first_token_hidden`, rows in
// the order of cases.jsonl, texts cut at 128 tokens.
#include <algorithm>
#include <cmath>
#include <sstream>

#include "engine/core/error.h"
#include "engine/core/json.h"
#include "engine/core/safetensors.h"
#include "engine/models/text_encoder.h"
#include "engine/training/parity_families.h"

namespace recoscope {

namespace {

constexpr double vectorTolerance = 2e-5; // absolute, float32
constexpr std::int64_t fixtureTokens = 128;

std::vector<std::string> fixtureLines(const Path& file)
{
    std::vector<std::string> texts;
    std::istringstream lines(readFile(file));
    for (std::string line; std::getline(lines, line);) {
        const Json json = parseJson(line, file.string());
        const auto text = json.find("text");
        if (text == json.end() || !text->is_string())
            throw Error(ErrorKind::Input, file.string() + ": a line without `text`", "check the fixture");
        texts.push_back(text->get<std::string>());
    }
    return texts;
}

} // namespace

std::vector<ParityRow> parityEncoder(const Path& folder, const Path& model)
{
    const std::vector<std::string> texts = fixtureLines(folder / "cases.jsonl");
    const SafetensorsFile expectedFile(folder / "expected.safetensors");
    const std::pair<const char*, TextEncoderSettings> kinds[]
        = {{"sentence_embedding", {TextPooling::Mean, true, fixtureTokens}},
            {"first_token_hidden", {TextPooling::FirstToken, false, fixtureTokens}}};
    std::vector<ParityRow> rows;
    for (const auto& [name, settings] : kinds) {
        Progress progress;
        const std::vector<float> ours = openTextEncoder(model, settings)->encode(texts, progress);
        const std::vector<double> expected = expectedFile.at(name).toDouble();
        ParityRow row{folder.filename().string(), name, 0.0, 0.0, vectorTolerance, ours.size() == expected.size()};
        double largest = 0.0;
        for (std::size_t i = 0; i < std::min(ours.size(), expected.size()); ++i) {
            const double error = std::abs(static_cast<double>(ours[i]) - expected[i]);
            row.ok = row.ok && error <= vectorTolerance; // false for NaN
            row.maxAbs = std::max(row.maxAbs, error);
            largest = std::max(largest, std::abs(expected[i]));
        }
        row.maxRel = largest > 0.0 ? row.maxAbs / largest : 0.0;
        rows.push_back(row);
    }
    return rows;
}

} // namespace recoscope
