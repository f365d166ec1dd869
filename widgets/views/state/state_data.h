// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Everything the State page shows of runs A and B for one user, read in jobs. Values; shared as
// shared_ptr<const StateData> and immutable afterwards.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/inspection/memory.h"
#include "engine/inspection/state.h"
#include "widgets/core/inspected_run.h"

namespace recoscope {

struct StateData {
    int slot = 0; // the run that is looked into: 0 = A, 1 = B
    // Null for a run that is not chosen or cannot be read; `notes` says why.
    std::array<std::shared_ptr<const InspectedRun>, 2> runs;
    std::array<QString, 2> notes;
    std::shared_ptr<const RecurrentStates> states; // norms alone; null: the model keeps no state
    std::vector<QString> titles; // [states->length]
    std::vector<int> items; // [states->length] of the dataset
    Eigenvalues eigenvalues; // no layers for a model without them
    std::vector<float> magnitudes, memory; // [layers, channels]
    std::vector<LayerMemory> layers;

    const InspectedRun& shown() const { return *runs[static_cast<std::size_t>(slot)]; }
    bool hasEigenvalues() const { return eigenvalues.layers > 0; }
    std::int64_t layerCount() const { return states->layers; }
    std::vector<float> memoryOf(int layer) const;
    std::complex<double> eigenvalue(int layer, int channel) const;
};

// Error{NotFound} when the user is not in the data of the run that is looked into.
std::shared_ptr<const StateData> loadState(Workspace& workspace, const InspectRequest& request, Progress& progress);

// What each event of the history weighs for one item, for both runs on the axis of the run that is looked into.
struct KeptShares {
    InspectedItem item;
    bool isChosen = false; // the item of the selection; else the first recommendation
    struct Row {
        bool isAttention = false; // attention of the last row; else leave-one-out contributions
        std::vector<double> shares; // signed, [events]; NaN where the run's history differs; empty = see the note
        std::vector<int> lifting; // events that lift the item most
        QString note;
    };
    std::array<Row, 2> rows;
};
// `datasetItem` -1 = none chosen.
std::shared_ptr<const KeptShares> loadKept(const StateData& data, int datasetItem, Progress& progress);

} // namespace recoscope
