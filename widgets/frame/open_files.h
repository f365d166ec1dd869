// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Files of runs, wherever they lie: the contents of a checkpoint are shown in a dialog (one of a run of this workspace
// also offers to show that run, one of a public code base to adopt it); the run of a bundle, or an adopted one, is
// added to the workspace and chosen as run A. Read by jobs. Belongs to the window. GUI thread.
#pragma once

#include <QObject>
#include <QString>

#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"
#include "widgets/frame/checkpoint_dialog.h"

class QWidget;

namespace recoscope {

struct WorkbenchContext;

class OpenFiles : public QObject {
    Q_OBJECT

public:
    OpenFiles(WorkbenchContext& context, QWidget* window);

    void openCheckpoint(const QString& file);
    void addBundle(const QString& file);

private:
    QString runOf(const QString& file) const; // the run of this workspace whose folder holds it, or ""
    void warn(const QString& title, const JobFailure& failure);
    void show(const CheckpointContents& contents);
    void askHowToAdopt(const CheckpointContents& contents);
    void adopt(const Workspace::Adoption& adoption);
    void showNewRun(const RunRecord& run);

    WorkbenchContext& m_context;
    QWidget* m_window;
};

} // namespace recoscope
