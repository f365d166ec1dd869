// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// encode: vectors of a catalogue's titles with a text model's folder, stored for each version of the model.

#include <chrono>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/workspace/text_vectors.h"

namespace recoscope::cli {

namespace {

struct EncodeWords {
    std::string dataset, encoder, pooling, out;
    bool raw = false;
    std::int64_t maxTokens = 0;
};

TextEncoderSettings settingsOf(const EncodeWords& words)
{
    TextEncoderSettings settings;
    if (!words.pooling.empty())
        settings.pooling = words.pooling == "mean" ? TextPooling::Mean
            : words.pooling == "first"             ? TextPooling::FirstToken
                                                   : TextPooling::LastToken;
    if (words.raw)
        settings.normalise = false;
    settings.maxTokens = words.maxTokens;
    return settings;
}

int encode(Session& session, const EncodeWords& words)
{
    const auto start = std::chrono::steady_clock::now();
    const EncodedTitles done = encodeTitles(
        session.workspace(), words.dataset, words.encoder, settingsOf(words), words.out, session.progress());
    const TextVectors& vectors = done.vectors;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    session.print({{"dataset", words.dataset}, {"encoder", done.encoder}, {"version", done.version},
                      {"items", vectors.rows}, {"width", vectors.width}, {"encoded", vectors.encoded},
                      {"seconds", seconds}, {"file", words.out.empty() ? Json() : Json(words.out)}},
        std::to_string(vectors.rows) + " titles, " + std::to_string(vectors.encoded) + " of them encoded now, in "
            + fixed(seconds, 1) + " s\n" + done.encoder + "\nversion " + done.version + "\n"
            + (words.out.empty() ? "" : "wrote " + words.out + "\n"));
    return 0;
}

} // namespace

void addEncodeCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "encode", "Vectors of all titles with a text model, stored for the next time",
        "encode --dataset beauty --encoder all-MiniLM-L6-v2 --out titles.npy");
    auto words = std::make_shared<EncodeWords>();
    command.add_option("--dataset", words->dataset, "A dataset of the workspace")->required();
    command.add_option("--encoder", words->encoder, "Folder with config.json, model.safetensors and tokenizer.json")
        ->required();
    command.add_option("--pooling", words->pooling, "From tokens to one vector (default: as the folder says)")
        ->check(CLI::IsMember({"mean", "first", "last"}));
    command.add_flag("--raw", words->raw, "Leave vectors at their own length");
    command.add_option("--max-tokens", words->maxTokens, "Of a title; the rest is cut (default: as the folder says)")
        ->check(CLI::Range(std::int64_t(0), std::int64_t(1) << 20));
    command.add_option("--out", words->out, "Also write them as .npy, rows in the order of the catalogue");
    command.callback([&session, words] { session.command = [&session, words] { return encode(session, *words); }; });
}

} // namespace recoscope::cli
