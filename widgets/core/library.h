// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the workspace holds, as the GUI sees it: snapshots of the run and dataset lists (also of changes made by another
// program), and the selected dataset opened with its titles loaded. Reading happens in jobs; the getters never wait.
// GUI thread only.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include <QObject>
#include <QString>
#include <QTimer>

#include "engine/store/store.h"
#include "widgets/core/jobs.h"

namespace recoscope {

class Dataset;
class Selection;
class Workspace;

class Library : public QObject {
    Q_OBJECT

public:
    Library(std::shared_ptr<Workspace> workspace, Jobs& jobs, Selection& selection, QObject* parent = nullptr);

    const std::vector<RunRecord>& runs() const { return *m_runs; } // newest first, bin left out
    const std::shared_ptr<const std::vector<RunRecord>>& sharedRuns() const { return m_runs; } // the same, to keep
    const std::vector<DatasetRecord>& datasets() const { return m_datasets; }
    const RunRecord* run(const QString& id) const; // null when unknown; valid until runsChanged
    const DatasetRecord* datasetRecord(const QString& name) const;
    QString runName(const QString& id) const; // the id itself when unknown, "" for ""
    bool loaded() const { return m_loaded; }

    // The selected dataset, or null while it is being opened or none is selected.
    const std::shared_ptr<const Dataset>& dataset() const { return m_dataset; }
    QString itemTitle(int datasetItem) const; // "" when unknown
    QString userName(int datasetUser) const; // raw id, or "" when unknown
    int users() const;
    int items() const;

public slots:
    void refresh(); // asks for new lists now; they come with the signals

signals:
    void runsChanged();
    void datasetsChanged();
    void datasetOpened();
    void datasetFailed(const recoscope::JobFailure& failure);

private:
    struct Lists {
        std::shared_ptr<const std::vector<RunRecord>> runs;
        std::unordered_map<RunId, std::size_t> places; // by id, in runs
        std::vector<DatasetRecord> datasets;
        std::uint64_t counter = 0;
    };
    void poll();
    void take(Lists lists);
    void openSelected();

    std::shared_ptr<Workspace> m_workspace;
    Jobs& m_jobs;
    Selection& m_selection;
    QTimer m_poll;
    std::shared_ptr<const std::vector<RunRecord>> m_runs;
    std::unordered_map<RunId, std::size_t> m_places;
    std::vector<DatasetRecord> m_datasets;
    std::shared_ptr<const Dataset> m_dataset;
    QString m_openName;
    std::uint64_t m_counter = 0;
    bool m_loaded = false;
    bool m_reading = false;
};

} // namespace recoscope
