// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The one shared selection: dataset, runs A and B, user, item, layer, head. Views read it and write it and never talk
// to each other. Users and items are indices of the dataset (its catalogue), not of a run's prepared data; layer and
// head count from 0. GUI thread only. Every change is one step of the undo stack.
#pragma once

#include <functional>

#include <QFlags>
#include <QObject>
#include <QString>

class QUndoStack;

namespace recoscope {

enum class SelectionField {
    Dataset = 0x01,
    RunA = 0x02,
    RunB = 0x04,
    User = 0x08,
    Item = 0x10,
    Layer = 0x20,
    Head = 0x40,
};
Q_DECLARE_FLAGS(SelectionFields, SelectionField)
Q_DECLARE_OPERATORS_FOR_FLAGS(SelectionFields)

struct SelectionState {
    QString dataset; // dataset name, or empty
    QString runA, runB; // run ids, or empty
    int user = -1;
    int item = -1;
    int layer = -1;
    int head = -1;
    bool operator==(const SelectionState&) const = default;
};

// Which fields differ.
SelectionFields differingFields(const SelectionState& a, const SelectionState& b);

class Selection : public QObject {
    Q_OBJECT

public:
    // `undo` is not owned and outlives the selection.
    explicit Selection(QUndoStack* undo, QObject* parent = nullptr);

    const SelectionState& state() const { return m_state; }
    const QString& dataset() const { return m_state.dataset; }
    const QString& runA() const { return m_state.runA; }
    const QString& runB() const { return m_state.runB; }
    int user() const { return m_state.user; }
    int item() const { return m_state.item; }
    int layer() const { return m_state.layer; }
    int head() const { return m_state.head; }

    // Another dataset clears user and item, whose indices mean something else there, and the runs of other datasets.
    void setDataset(const QString& name);
    // A run of another dataset brings that dataset with it.
    void setRunA(const QString& id);
    void setRunB(const QString& id);
    void setUser(int user);
    void setItem(int item);
    // Tells the dataset of a run; "" where it is not known. Without it run A leaves the dataset as it is.
    void setDatasetOf(std::function<QString(const QString& run)> datasetOf) { m_datasetOf = std::move(datasetOf); }
    void setLayer(int layer);
    void setHead(int head);
    void swapRuns();
    // Several fields in one undo step called `text`.
    void change(const SelectionState& next, const QString& text);
    // Sets the state without an undo step (start-up, tests).
    void restore(const SelectionState& state);

signals:
    void changed(recoscope::SelectionFields fields);

private:
    class Command;
    SelectionState withDataset(const QString& name) const;
    void apply(const SelectionState& state);

    QUndoStack* m_undo;
    std::function<QString(const QString& run)> m_datasetOf = [](const QString&) { return QString(); };
    SelectionState m_state;
};

} // namespace recoscope
