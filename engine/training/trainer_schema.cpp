// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/common_schema.h"
#include "engine/training/trainer.h"

namespace recoscope {

const ParameterSchema& trainerSchema()
{
    using namespace schema;
    const std::string group = "Optimisation";
    static const ParameterSchema schema({
        integer("epochs", "Epochs", 200, 1, 100000, "epochs", "At most; early stopping usually ends before", group),
        integer("batch_size", "Batch size", 128, 1, 65536, "windows", "Windows of each step", group),
        choice("examples", "Examples", "windows", {"windows", "prefixes"},
            "Windows whose every event is a target, or for every target one of its own with the events before it, as "
            "some papers have it; slower",
            group),
        with("examples", {"windows"},
            choice("window_shift", "Window shift", "none", {"none", "random"},
                "Where windows of long histories end: at the last event, or moved back by another draw in each epoch, "
                "so that the events left over at the start are learned from too",
                group)),
        real("learning_rate", "Learning rate", 1e-3, 0.0, 10.0, "Of the optimiser", group),
        real("weight_decay", "Weight decay", 0.01, 0.0, 10.0, "Decoupled with adamw; not on biases and norms", group),
        choice("optimiser", "Optimiser", "adamw", {"adamw", "adamw_sparse", "adagrad_rows", "adam", "adagrad"},
            "Update rule; adamw_sparse is adamw that leaves items alone until a step needs them: for large catalogues "
            "with a loss over sampled negatives. adagrad_rows gives items Adagrad with one number a row in place of "
            "two moments, the rest adamw",
            group),
        with("optimiser", {"adagrad_rows"},
            real("table_learning_rate", "Table learning rate", 0.0, 0.0, 10.0,
                "Of the item vectors, by the same schedule; 0: the learning rate", group)),
        real("beta2", "Adam β2", 0.999, 0.0, 0.99999, "Decay of the second moment", group),
        real("adam_epsilon", "Adam ε", 1e-9, 0.0, 1.0, "Added to the root of the second moment", group),
        real("clip", "Gradient clip", 5.0, 0.0, 1e6, "Largest global norm; 0 = off", group),
        choice("schedule", "Schedule", "constant", {"constant", "linear", "cosine"}, "Of the learning rate", group),
        integer("warmup", "Warm-up", 0, 0, 10000000, "steps", "Steps of linear warm-up", group),
        integer("evaluate_every", "Validate every", 1, 1, 100000, "epochs", "Epochs between validations", group),
        integer("patience", "Patience", 10, 0, 100000, "validations",
            "Validations without gain before stopping; 0 = never", group),
        boolean("refit", "Refit", false,
            "Train once more from the start on train + validation, for as many epochs as validation chose, and test "
            "that; validation always uses train only",
            group),
    });
    return schema;
}

namespace {

const ParameterSchema& countingSchema()
{
    static const ParameterSchema schema({
        schema::boolean("count_again", "Count again", false,
            "Count train + validation before the test; validation always uses train only", "Counting"),
    });
    return schema;
}

} // namespace

ParameterSchema fullSchema(const ModelDescriptor& model)
{
    return model.schema + (model.kind == ModelKind::Neural ? trainerSchema() : countingSchema());
}

bool sameSettings(const std::string& model, const Json& stored, const Json& wanted)
{
    const ParameterSchema schema = fullSchema(findModel(model));
    Json completed = stored;
    for (const Parameter& p : schema.parameters())
        if (!completed.contains(p.name))
            completed[p.name] = p.defaultValue;
    return completed == wanted;
}

const char* trainStatusName(TrainStatus status)
{
    switch (status) {
    case TrainStatus::Finished: return "finished";
    case TrainStatus::StoppedEarly: return "stopped_early";
    case TrainStatus::StoppedByUser: return "stopped";
    case TrainStatus::TimeLimit: return "time_limit";
    case TrainStatus::Cancelled: return "cancelled";
    }
    return "unknown";
}

} // namespace recoscope
