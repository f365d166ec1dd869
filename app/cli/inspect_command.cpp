// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// inspect: the arrays the views draw, as .npz. A kind that the model does not have is refused, and said why.

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/history_words.h"
#include "app/cli/inspect_tokens.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include <algorithm>
#include <numeric>

#include "engine/core/counts.h"
#include "engine/core/error.h"
#include "engine/data/catalogue.h"
#include "engine/inspection/attention.h"
#include "engine/inspection/embedding.h"
#include "engine/inspection/state.h"
#include "engine/training/run_files.h"

namespace recoscope::cli {

namespace {

struct InspectWords {
    std::string kind, run, out;
    HistoryWords history;
    std::int64_t neighbours = 10;
    TokenMeasures measures;
};

int inspectAttentionOf(Session& session, const InspectWords& words, const RunRecord& run, const ServingSession& serving)
{
    const AskedHistory asked = resolveHistory(serving, words.history);
    const auto maps = inspectAttention(serving.model(), asked.events.view());
    writeAttention(*maps, words.out);
    Json heads = Json::array();
    TextTable table({"layer", "head", "entropy (nats)", "reach (events)"});
    for (std::int64_t layer = 0; layer < maps->layers; ++layer)
        for (std::int64_t head = 0; head < maps->heads; ++head) {
            const AttentionMaps::HeadSummary s = maps->summary(layer, head);
            heads.push_back({{"layer", layer}, {"head", head}, {"entropy", s.entropy}, {"reach", s.reach}});
            table.add({std::to_string(layer), std::to_string(head), fixed(s.entropy, 3), fixed(s.reach, 1)});
        }
    session.print({{"run", run.id}, {"file", words.out}, {"layers", maps->layers}, {"heads", maps->heads},
                      {"length", maps->length}, {"rows_sum_to_one", maps->rowsSumToOne}, {"summaries", heads}},
        "wrote " + words.out + "\n" + table.text());
    return 0;
}

double quantileOf(std::vector<float> values, double share)
{
    std::sort(values.begin(), values.end());
    return values.empty() ? 0.0 : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

int inspectStateOf(Session& session, const InspectWords& words, const RunRecord& run, const ServingSession& serving)
{
    const AskedHistory asked = resolveHistory(serving, words.history);
    const auto states = inspectStates(serving.model(), asked.events.view());
    const Eigenvalues eigenvalues = readEigenvalues(servedWeightsFile(session.workspace().runFolder(run.id)));
    writeStates(*states, eigenvalues, words.out);
    const std::vector<float> halfLives = eigenvalues.halfLives();
    Json layers = Json::array();
    TextTable table(
        {"layer", "channels", "norm after the last event", "half-life (events): shortest", "median", "longest"});
    for (std::int64_t layer = 0; layer < states->layers; ++layer) {
        const float last = states->norms[static_cast<std::size_t>((layer + 1) * states->length - 1)];
        Json entry = {{"layer", layer}, {"channels", states->channels}, {"last_norm", last}};
        std::vector<std::string> row = {std::to_string(layer), std::to_string(states->channels), fixed(last, 3)};
        if (layer < eigenvalues.layers) {
            const auto begin = halfLives.begin() + layer * eigenvalues.channels;
            const std::vector<float> own(begin, begin + eigenvalues.channels);
            for (const auto& [name, share] :
                {std::pair("shortest", 0.0), std::pair("median", 0.5), std::pair("longest", 1.0)}) {
                entry["half_life"][name] = quantileOf(own, share);
                row.push_back(fixed(quantileOf(own, share), 1));
            }
        }
        layers.push_back(entry);
        table.add(row);
    }
    session.print({{"run", run.id}, {"file", words.out}, {"length", states->length}, {"complex", states->complex},
                      {"layers", layers}},
        "wrote " + words.out + "\n" + table.text());
    return 0;
}

// The items of the history that was asked for; every item without one.
std::vector<std::int32_t> queriesOf(const ServingSession& serving, const HistoryWords& words)
{
    std::vector<std::int32_t> queries;
    if (words.user.empty() && words.history.empty()) {
        queries.resize(static_cast<std::size_t>(serving.model().items()));
        std::iota(queries.begin(), queries.end(), 0);
        return queries;
    }
    queries = resolveHistory(serving, words).events.items;
    std::sort(queries.begin(), queries.end());
    queries.erase(std::unique(queries.begin(), queries.end()), queries.end());
    return queries;
}

int inspectEmbeddingOf(Session& session, const InspectWords& words, const RunRecord& run, const ServingSession& serving)
{
    const ItemVectors vectors = itemVectors(serving.model());
    const Neighbours near
        = nearestItems(vectors, queriesOf(serving, words.history), words.neighbours, session.progress());
    writeEmbedding(vectors, near, words.out);
    const Catalogue& catalogue = serving.data().dataset()->catalogue();
    const auto shown = [&](std::int32_t item) {
        const auto index = static_cast<std::size_t>(serving.data().datasetItem(item));
        return std::pair(catalogue.rawItems()[index], catalogue.titles()[index]);
    };
    constexpr std::size_t most = 20; // of a long list; the file has them all
    Json list = Json::array();
    TextTable table({"item", "title", "nearest", "cosine"});
    for (std::size_t q = 0; q < near.queries.size(); ++q) {
        const auto [raw, title] = shown(near.queries[q]);
        Json entry = {{"id", raw}, {"title", title}, {"neighbours", Json::array()}};
        for (std::int64_t k = 0; k < near.count; ++k) {
            const auto at = q * static_cast<std::size_t>(near.count) + static_cast<std::size_t>(k);
            const auto [id, name] = shown(near.items[at]);
            entry["neighbours"].push_back({{"id", id}, {"title", name}, {"cosine", near.cosines[at]}});
            if (q < most && k < 3)
                table.add({k == 0 ? raw : "", k == 0 ? title : "", name, fixed(near.cosines[at], 3)});
        }
        list.push_back(std::move(entry));
    }
    session.print(
        {{"run", run.id}, {"file", words.out}, {"items", vectors.items}, {"width", vectors.width},
            {"norm", {{"median", quantileOf(vectors.norms, 0.5)}, {"largest", quantileOf(vectors.norms, 1.0)}}},
            {"nearest", list}},
        "wrote " + words.out + ": " + grouped(vectors.items) + " vectors of width " + std::to_string(vectors.width)
            + "\n" + table.text());
    return 0;
}

int inspect(Session& session, const InspectWords& words)
{
    Workspace& workspace = session.workspace();
    const RunRecord run = workspace.store().run(words.run);
    const auto serving = workspace.openSession(run.id, session.progress());
    if (words.kind == "tokens")
        return inspectTokensOf(session, words.history, words.out, words.measures, run, *serving);
    if (words.kind == "state")
        return inspectStateOf(session, words, run, *serving);
    if (words.kind == "embedding")
        return inspectEmbeddingOf(session, words, run, *serving);
    return inspectAttentionOf(session, words, run, *serving);
}

} // namespace

void addInspectCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(
        app, "inspect", "What a model looked at, as arrays", "inspect attention RUN --user 42 --out attention.npz");
    auto words = std::make_shared<InspectWords>();
    command
        .add_option("kind", words->kind,
            "attention (sasrec, hstu, hllm, ...), tokens (persrec), state (lrurec, gru4rec), embedding")
        ->required()
        ->check(CLI::IsMember({"attention", "tokens", "state", "embedding"}));
    addRunArgument(command, words->run);
    addHistoryOptions(command, words->history);
    command.add_option("--neighbours", words->neighbours, "embedding: nearest items of each item, by cosine")
        ->check(CLI::Range(1, 1000));
    command.add_option("--stale-users", words->measures.staleUsers, "tokens: test users to measure old tokens with")
        ->check(CLI::Range(1, 1000000));
    command.add_flag("--all-users", words->measures.allUsers,
        "tokens: also over all users, at their validation targets, without each token");
    command
        .add_option("--precision-users", words->measures.precisionUsers,
            "tokens: test users to measure states of 16 and 8 bits with")
        ->check(CLI::Range(1, 1000000));
    command.add_option("--out", words->out, "File to write (.npz, numpy.load reads it)")->required();
    command.callback([&session, words] { session.command = [&session, words] { return inspect(session, *words); }; });
}

} // namespace recoscope::cli
