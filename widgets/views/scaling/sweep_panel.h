// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The sweeps of the dataset: how far each is; one is chosen, and others are drawn beside it. Starts new ones, ends or
// goes on with the chosen one. GUI thread.
#pragma once

#include <array>

#include "engine/store/store.h"
#include "widgets/core/array_table_model.h"
#include "widgets/frame/panel.h"
#include "widgets/views/scaling/scaling_parts.h"

class QPushButton;

namespace recoscope {

class RowTable;
struct WorkbenchContext;

class SweepPanel : public Panel {
    Q_OBJECT

public:
    explicit SweepPanel(WorkbenchContext& context, QWidget* parent = nullptr);

    // Reads the library; keeps the choice while the sweep is there, else the newest one is chosen.
    void refresh();
    QString current() const; // "" = none
    void choose(const QString& sweep); // also one that has no run yet: chosen when it comes
    int count() const;
    QStringList drawn() const; // in the chart: the chosen one first
    int slotOf(const QString& sweep) const; // its colour in the chart, the same until it leaves; -1 = not there

signals:
    void sweepChosen(); // or one beside it
    void newRequested();

private:
    struct Row {
        QString name;
        int done = 0, waiting = 0, training = 0, open = 0; // open: ended before it was done, or never began
        int failed = 0; // of the open ones
        int total() const { return done + waiting + training + open; }
    };
    Row rowOf(const std::string& sweep) const;
    std::vector<RunRecord> runsOf(const QString& sweep) const;
    void showButtons();
    void choosePlace();
    void fillCompare();
    void setBeside(const QString& sweep, bool isBeside);
    void cancelRest();
    void goOn();

    WorkbenchContext& m_context;
    RowTableModel<Row>* m_rows;
    RowTable* m_table;
    QPushButton* m_cancel;
    QPushButton* m_goOn;
    QPushButton* m_compare;
    QString m_current;
    QString m_leading; // the one chosen before
    std::array<QString, mostFamilies> m_places; // sweeps in the chart by colour; "" = free
    QString m_wanted; // to be chosen when it has a run
    bool m_filling = false;
};

} // namespace recoscope
