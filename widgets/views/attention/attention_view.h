// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Attention page: all heads as thumbnails, one in detail over the user's history with titles and gaps, what the
// prediction reads, and which events lift a pointed-at recommendation (leave-one-out, computed when first asked for).
// A head can be pinned and stays while another head, user or run is looked at beside it. In a picture: [ and ] step
// through the layers, { and } through the heads.
#pragma once

#include <memory>

#include "widgets/views/attention/attention_data.h"
#include "widgets/views/attention/head_panel.h"
#include "widgets/views/view.h"

class QComboBox;
class QPushButton;
class QStackedWidget;

namespace recoscope {

class EmptyState;
class HeadOverview;
class PredictionSide;
class SegmentedControl;

class AttentionPage : public View {
    Q_OBJECT

public:
    explicit AttentionPage(WorkbenchContext& context, QWidget* parent = nullptr);

    SelectionFields usedFields() const override;
    int runSlot() const override;
    void activate() override;
    Exportable* mainExport() const override;
    void setNarrow(bool narrow) override;

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeTitleActions();
    QWidget* makeDetail();
    QWidget* makePinned();
    void connectParts();

    void load();
    void show(std::shared_ptr<const AttentionData> data);
    void showEmpty(const QString& sentence);
    void showEmpty(EmptyState* state);
    void showHead();
    void pin(bool on);
    void rescale(); // width of the left column
    void showParts(); // which columns have room
    void pointAt(int recommendation); // -1 = none
    void explainAll();
    void showLit();
    void chooseHead(int layer, int head);
    HeadChoice choice() const;
    RunId shownRun() const;
    int layer() const;
    int head() const;

    QStackedWidget* m_stack;
    QWidget* m_page;
    EmptyState *m_noRun, *m_noUser, *m_empty;
    EmptyState *m_toState, *m_toTokens; // what a run without maps shows elsewhere
    SegmentedControl* m_run = nullptr;
    SegmentedControl* m_scale = nullptr;
    QPushButton* m_pin = nullptr;
    QComboBox* m_last = nullptr;
    HeadOverview* m_overview = nullptr;
    HeadPanel* m_detail = nullptr;
    HeadPanel* m_pinned = nullptr;
    PredictionSide* m_side = nullptr;

    std::shared_ptr<const AttentionData> m_data;
    std::vector<Explanation> m_explanations; // of the recommendations, once asked for
    bool m_explaining = false;
    bool m_stale = true; // the selection changed while the page was hidden
    int m_pointed = -1;
    bool m_narrow = false;
};

} // namespace recoscope
