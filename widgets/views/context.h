// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What every view is given: the shared selection, jobs, what the workspace holds, the training queue, the look, undo,
// and a way to other pages. Everything outlives the views. Views never know each other.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <QObject>
#include <QStringList>

#include "widgets/core/selection.h"

class QUndoStack;

namespace recoscope {

class Jobs;
class Library;
class Theme;
class TrainingQueue;
class Workspace;

// Requests from a view to the window.
class Navigator : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    // Opens the Train page with `model` chosen; "" leaves its form as it is. The page may not exist yet: it takes the
    // request when it is shown.
    void requestTraining(const QString& model)
    {
        m_trainingRequest = model;
        emit viewRequested(QStringLiteral("train"));
    }
    std::optional<QString> takeTrainingRequest() { return std::exchange(m_trainingRequest, std::nullopt); }

    // Opens the users on whom the accuracy of `run` stands: against those of run A on the Compare page, which takes the
    // request when it is shown, or one by one on the User page where `run` is run A.
    void requestUsers(const QString& run, const QString& runA)
    {
        const bool alone = run == runA || runA.isEmpty();
        if (!alone)
            m_usersRequest = run;
        emit viewRequested(alone ? QStringLiteral("user") : QStringLiteral("compare"));
    }
    std::optional<QString> takeUsersRequest() { return std::exchange(m_usersRequest, std::nullopt); }

signals:
    void viewRequested(const QString& id); // "data", "train", "runs", ...
    void choiceRequested(SelectionField field); // the list of what can be selected there
    void openRequested(const QStringList& files); // data, checkpoints and bundles, told apart by their names
    void importRequested(const QStringList& files); // data; empty: ask for files, which may be of any kind
    void downloadRequested(); // the "Get MovieLens" dialog
    void textVectorsRequested(); // the "Text vectors" dialog
    void sampleRequested(); // make and open the sample dataset
    void workspaceRequested(); // choose another folder
    void messageRequested(const QString& text); // a line in the status bar

private:
    std::optional<QString> m_trainingRequest, m_usersRequest;
};

struct WorkbenchContext {
    Selection& selection;
    Jobs& jobs;
    Library& library;
    TrainingQueue& training;
    std::shared_ptr<Workspace> workspace;
    Theme& theme;
    QUndoStack& undo;
    Navigator& navigator;
};

} // namespace recoscope
