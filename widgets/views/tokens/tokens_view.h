// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Tokens page: what a compressed history keeps. The mask over the user's own items, what each token absorbed, what
// the recent events read of the tokens, what is lost without each, what it saves, and how tokens age. Looks into the
// first of runs A and B that has tokens, until one is chosen. In a picture: [ and ] step through the layers.
#pragma once

#include <memory>

#include "engine/inspection/token_staleness.h"
#include "widgets/views/inspect_view.h"
#include "widgets/views/tokens/tokens_data.h"

class QHBoxLayout;

namespace recoscope {

class AbsorbedPanel;
class MaskPanel;
class PopulationJob;
class ReadPanel;
class SavingsPanel;
class StalenessPanel;
class WorthSide;

class TokensView : public InspectView {
    Q_OBJECT

public:
    explicit TokensView(WorkbenchContext& context, QWidget* parent = nullptr);

    Exportable* mainExport() const override;
    void setNarrow(bool narrow) override;
    int foldWidth() const override { return 1350; } // five panels beside each other

protected:
    void load(const InspectRequest& request, const QString& runName) override;
    void forget() override;
    int layerCount() const override;
    void followLayerOrItem(SelectionFields fields) override;

private:
    QWidget* makeLeft();
    QWidget* makeMiddle();
    void connectParts();
    void show(std::shared_ptr<const TokensData> data);
    void showRead();
    void showBoxes(bool shown); // layer and head, in the title
    void chooseToken(int token);
    void loadWorth();
    void loadEffects(); // when they are seen and not there yet
    void measure();
    void showPopulation();

    EmptyState* m_noTokens;
    EmptyState* m_shortHistory;
    SegmentedControl* m_measure;
    QWidget* m_left = nullptr;
    QHBoxLayout* m_below = nullptr;
    MaskPanel* m_mask = nullptr;
    SavingsPanel* m_savings = nullptr;
    AbsorbedPanel* m_absorbed = nullptr;
    ReadPanel* m_read = nullptr;
    StalenessPanel* m_staleness = nullptr;
    WorthSide* m_side = nullptr;
    PopulationJob* m_population = nullptr;

    std::shared_ptr<const TokensData> m_data;
    int m_token = 0;
    int m_longestUser = -1; // of the dataset, where the user shown has no tokens
    RunId m_measured; // the run whose staleness is shown
    bool m_hasEffects = false;
};

} // namespace recoscope
