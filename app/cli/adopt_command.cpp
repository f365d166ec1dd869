// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// adopt: a checkpoint of a public code base as a run.

#include <CLI/CLI.hpp>

#include "app/cli/assignments.h"
#include "app/cli/commands.h"
#include "app/cli/run_json.h"
#include "app/cli/session.h"
#include "engine/core/counts.h"
#include "engine/training/adopted_weights.h"

namespace recoscope::cli {

namespace {

struct AdoptWords {
    std::string dataset, model, weights, items, name;
    std::vector<std::string> set, protocol, tags;
};

int adopt(Session& session, const AdoptWords& words)
{
    Workspace::Adoption adoption;
    adoption.dataset = words.dataset;
    adoption.model = words.model;
    adoption.weights = words.weights;
    adoption.items = words.items;
    adoption.name = words.name;
    adoption.tags = words.tags;
    applySettings(findModel(words.model).schema, words.set, adoption.settings);
    if (const auto length = kindOfForeign(SafetensorsFile(adoption.weights)).maxLength; length > 0)
        adoption.protocol.maxLength = length; // may be said otherwise, and is then refused with the reason
    applyProtocol(words.protocol, adoption.protocol);
    const RunRecord run = session.workspace().adopt(adoption, session.progress());
    session.print(runJson(run),
        "run " + run.id + " (" + run.name + "): " + grouped(run.parameterCount) + " weights\n" + metricLine(run)
            + "\nlearned from: " + learnedFrom(run) + "\nprotocol " + run.protocolHash + ": "
            + Protocol::fromJson(run.protocol).summary() + "\n");
    return 0;
}

} // namespace

void addAdoptCommand(CLI::App& app, Session& session)
{
    CLI::App& command
        = addCommand(app, "adopt", "A checkpoint of a public code base as a run: ranked, inspected, compared",
            "adopt --dataset beauty --model lrurec --weights lrurec.safetensors");
    auto words = std::make_shared<AdoptWords>();
    command.add_option("--dataset", words->dataset, "Dataset of the workspace that it was trained on")->required();
    command
        .add_option(
            "--model", words->model, "lrurec, sasrec, bert4rec, gru4rec, hstu, hllm, sasrec_padded or persrec_padded")
        ->required();
    command.add_option("--weights", words->weights, "Its tensors under their own names (.safetensors)")->required();
    command.add_option(
        "--items", words->items, "Raw ids of its items, one a line in its order (default: 1, 2, 3, ...)");
    command.add_option("--set", words->set, "What shapes do not tell, e.g. heads=2 (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--protocol", words->protocol, "Filter, split, ranking: key=value (repeatable)")
        ->allow_extra_args(false);
    command.add_option("--name", words->name, "Name of the run");
    command.add_option("--tag", words->tags, "Tag of the run (repeatable)")->allow_extra_args(false);
    command.callback([&session, words] { session.command = [&session, words] { return adopt(session, *words); }; });
}

} // namespace recoscope::cli
