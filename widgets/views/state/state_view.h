// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The State page: what a recurrent model remembers. Eigenvalues of a linear recurrence, or the state over time of any
// recurrence, and below, for both runs, the share of each event in the score of one item. Looks into the first of runs
// A and B that keeps a state, until one is chosen. In a picture: [ and ] step through the layers.
#pragma once

#include <memory>

#include "widgets/views/inspect_view.h"
#include "widgets/views/state/state_data.h"

class QStackedWidget;

namespace recoscope {

class EigenPage;
class EmptyState;
class KeptPanel;
class SegmentedControl;
class TimePage;

class StateView : public InspectView {
    Q_OBJECT

public:
    explicit StateView(WorkbenchContext& context, QWidget* parent = nullptr);

    Exportable* mainExport() const override;

protected:
    void load(const InspectRequest& request, const QString& runName) override;
    void forget() override;
    int layerCount() const override;
    void followLayerOrItem(SelectionFields fields) override;

private:
    void connectParts();
    void show(std::shared_ptr<const StateData> data);
    void showMode();
    void setLayer(int layer);
    void loadKept();
    void loadEffects(); // when they are seen and not there yet

    EmptyState* m_noState;
    SegmentedControl* m_mode;
    QStackedWidget* m_modes = nullptr;
    EigenPage* m_eigen = nullptr;
    TimePage* m_time = nullptr;
    KeptPanel* m_kept = nullptr;

    std::shared_ptr<const StateData> m_data;
    bool m_hasEffects = false;
};

} // namespace recoscope
