// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a safetensors file holds, without a project: the model and settings it names and every tensor with its shape,
// mean and spread. Read by readCheckpoint() on any thread, shown on the GUI thread.
#pragma once

#include <vector>

#include <QDialog>
#include <QString>

#include "engine/core/progress.h"
#include "engine/training/adopted_weights.h"

namespace recoscope {

class Theme;

struct CheckpointContents {
    struct Tensor {
        QString name, shape;
        std::int64_t values = 0;
        double mean = 0.0, deviation = 0.0, largest = 0.0; // of the finite values; largest magnitude
        std::int64_t notFinite = 0;
    };
    QString file;
    std::vector<std::pair<QString, QString>> metadata; // settings of the model are one entry each
    std::vector<Tensor> tensors; // by name
    ForeignKind kind; // of a public code base, when it is a checkpoint of one
};

// Error{Input} for what is no safetensors file.
CheckpointContents readCheckpoint(const QString& file, Progress& progress);

class CheckpointDialog : public QDialog {
    Q_OBJECT

public:
    CheckpointDialog(Theme& theme, const CheckpointContents& contents, bool hasRun, QWidget* parent);

signals:
    void runRequested();
    void adoptionRequested();
};

} // namespace recoscope
