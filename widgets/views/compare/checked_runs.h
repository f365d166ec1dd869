// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The panel of the Compare page that says which runs are compared: a checkable table of the dataset's tested runs.
// Counting models of the reference protocol are references: always checked, never filtered away, each with what it was
// counted on. Runs that were ranked again for the page stand in place of the stored ones. GUI thread.
#pragma once

#include <QStringList>

#include <map>
#include <memory>

#include "widgets/core/jobs.h"
#include "widgets/frame/panel.h"
#include "widgets/views/compare/compare_data.h"

class QCheckBox;
class QLineEdit;
class QPushButton;

namespace recoscope {

class RowTable;
class RunTableModel;
struct WorkbenchContext;

class CheckedRuns : public Panel {
    Q_OBJECT

public:
    explicit CheckedRuns(WorkbenchContext& context, QWidget* parent = nullptr);

    void refresh(); // records, default checks; emits changed()
    void refreshSlots(); // A, B and the order of colours; emits changed()
    // They take the places of the stored runs until A's protocol changes.
    void putAgain(const std::vector<RankedAgainPtr>& ranked);
    RankedAgainPtr again(const RunId& id) const; // null when the stored one counts

    const RunRecord* run(const QString& id) const; // as ranked again when it was; null when unknown
    std::vector<RunRecord> checked() const; // A, B, checked ones, references
    std::vector<RunRecord> comparable() const; // of them, those of the reference protocol
    std::vector<RunRecord> unlike() const; // the others
    const RunRecord* reference() const; // A, or the first checked one
    const QStringList& slotIds() const { return m_slots; }
    int slotOf(const RunId& id) const { return static_cast<int>(m_slots.indexOf(QString::fromStdString(id))); }
    bool onlyDiffering() const;
    QWidget* filterField() const;
    void setLatency(std::map<RunId, double> p95Ms);
    const std::vector<RunRecord>& records() const; // every tested run of the dataset

signals:
    void changed(); // which runs, or in which colours
    void differingToggled();
    void failed(const QString& lead, const recoscope::JobFailure& failure);

private:
    void makeControls();
    bool forgetOtherProtocol(); // true when something was forgotten
    void setDefaultChecks();
    QStringList likeCountingRuns() const;
    std::vector<std::string> missingReferences() const; // model names
    void countReferences();

    WorkbenchContext& m_context;
    QLineEdit* m_filter = nullptr;
    QCheckBox* m_differing = nullptr;
    QPushButton* m_count = nullptr;
    RunTableModel* m_runs = nullptr;
    RowTable* m_table = nullptr;
    std::shared_ptr<const std::vector<RunRecord>> m_records; // every tested run of the dataset
    bool m_awaiting = false; // of a long table, whose rows are filtered in a job
    std::map<RunId, RankedAgainPtr> m_again;
    std::string m_againProtocol;
    QStringList m_slots;
    QString m_dataset; // whose default checks were made
    bool m_refreshing = false;
};

} // namespace recoscope
