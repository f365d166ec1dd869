// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The State page: what a recurrent model remembers. Eigenvalues of a linear recurrence, or the state over time of any
// recurrence, and below, for both runs, the share of each event in the score of one item. Looks into the first of runs
// A and B that keeps a state, until one is chosen. In a picture: [ and ] step through the layers.
#pragma once

#include <memory>
#include <optional>

#include "widgets/views/state/state_data.h"
#include "widgets/views/view.h"

class QStackedWidget;

namespace recoscope {

class EigenPage;
class EmptyState;
class KeptPanel;
class SegmentedControl;
class TimePage;

class StateView : public View {
    Q_OBJECT

public:
    explicit StateView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    Exportable* mainExport() const override;

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void makeTitleActions();
    void makeEmptyStates();
    void connectParts();
    void load();
    void show(std::shared_ptr<const StateData> data);
    void showEmpty(EmptyState* state);
    void showMode();
    void setLayer(int layer);
    void loadKept();
    void loadEffects(); // when they are seen and not there yet
    int layer() const; // of the selection, within the model

    QStackedWidget* m_stack;
    QWidget* m_page;
    EmptyState* m_noRun;
    EmptyState* m_noState;
    SegmentedControl* m_run = nullptr;
    SegmentedControl* m_mode = nullptr;
    QStackedWidget* m_modes = nullptr;
    EigenPage* m_eigen = nullptr;
    TimePage* m_time = nullptr;
    KeptPanel* m_kept = nullptr;

    std::shared_ptr<const StateData> m_data;
    std::optional<int> m_slot; // the run that was chosen here
    bool m_choosing = false; // the control follows what was loaded
    bool m_hasEffects = false;
    bool m_stale = true; // the selection changed while the page was hidden
};

} // namespace recoscope
