// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Tokens page: what a compressed history keeps. The mask over the user's own items, what each token absorbed, what
// the recent events read of the tokens, what is lost without each, what it saves, and how tokens age. Looks into the
// first of runs A and B that has tokens, until one is chosen. In a picture: [ and ] step through the layers.
#pragma once

#include <memory>
#include <optional>

#include "engine/inspection/token_staleness.h"
#include "widgets/views/tokens/tokens_data.h"
#include "widgets/views/view.h"

class QStackedWidget;

namespace recoscope {

class AbsorbedPanel;
class EmptyState;
class EventBars;
class MaskPicture;
class Panel;
class SavingsPanel;
class SegmentedControl;
class StalenessPanel;
class WorthSide;

class TokensView : public View {
    Q_OBJECT

public:
    explicit TokensView(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    void activate() override;
    Exportable* mainExport() const override;
    void setNarrow(bool narrow) override;

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void makeTitleActions();
    void makeEmptyStates();
    QWidget* makeLeft();
    QWidget* makeMiddle();
    void connectParts();
    void load();
    void show(std::shared_ptr<const TokensData> data);
    void showEmpty(EmptyState* state);
    void showMask();
    void showRead();
    void setLayer();
    void chooseToken(int token);
    void loadWorth();
    void loadEffects(); // when they are seen and not there yet
    void measure();
    int layer() const; // of the selection, within the model

    QStackedWidget* m_stack;
    QWidget* m_page;
    EmptyState* m_noRun;
    EmptyState* m_noTokens;
    EmptyState* m_shortHistory;
    SegmentedControl* m_run = nullptr;
    SegmentedControl* m_measure = nullptr;
    QWidget* m_left = nullptr;
    Panel* m_maskPanel = nullptr;
    MaskPicture* m_mask = nullptr;
    SavingsPanel* m_savings = nullptr;
    AbsorbedPanel* m_absorbed = nullptr;
    Panel* m_readPanel = nullptr;
    EventBars* m_read = nullptr;
    StalenessPanel* m_staleness = nullptr;
    WorthSide* m_side = nullptr;

    std::shared_ptr<const TokensData> m_data;
    int m_token = 0;
    std::optional<int> m_slot; // the run that was chosen here
    RunId m_measured; // the run whose staleness is shown
    bool m_choosing = false; // the control follows what was loaded
    bool m_hasEffects = false;
    bool m_stale = true; // the selection changed while the page was hidden
};

} // namespace recoscope
