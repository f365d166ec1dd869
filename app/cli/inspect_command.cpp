// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// inspect: the arrays the views draw, as .npz. A kind that the model does not have is refused.

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/history_words.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/inspection/attention.h"

namespace recoscope::cli {

namespace {

struct InspectWords {
    std::string kind, run, out;
    HistoryWords history;
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

int inspect(Session& session, const InspectWords& words)
{
    Workspace& workspace = session.workspace();
    const RunRecord run = workspace.store().run(words.run);
    if (words.kind != "attention")
        throw Error(ErrorKind::Refused, run.model + " has no " + words.kind + " to inspect",
            "models with attention show it: recoscope-cli inspect attention RUN --user ID --out FILE.npz");
    const auto serving = workspace.openSession(run.id, session.progress());
    return inspectAttentionOf(session, words, run, *serving);
}

} // namespace

void addInspectCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(
        app, "inspect", "What a model looked at, as arrays", "inspect attention RUN --user 42 --out attention.npz");
    auto words = std::make_shared<InspectWords>();
    command.add_option("kind", words->kind, "attention; tokens, state and embedding where a model has them")
        ->required()
        ->check(CLI::IsMember({"attention", "tokens", "state", "embedding"}));
    command.add_option("run", words->run, "Run: id, unique beginning of it, or name")->required();
    addHistoryOptions(command, words->history);
    command.add_option("--out", words->out, "File to write (.npz, numpy.load reads it)")->required();
    command.callback([&session, words] { session.command = [&session, words] { return inspect(session, *words); }; });
}

} // namespace recoscope::cli
