// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The right column of the User page: why one row of a list stands above another, event by event with the residual, and
// how the score of the first falls when events are taken away. Computed in a job of which the latest wins. GUI thread.
#pragma once

#include <QWidget>

#include <functional>

#include "widgets/core/jobs.h"
#include "widgets/core/user_why.h"
#include "widgets/views/user/user_data.h"

class QLabel;

namespace recoscope {

class ChipLabel;
class Panel;
class PlotView;
class RowBars;
struct WorkbenchContext;

class WhyPanel : public QWidget {
    Q_OBJECT

public:
    using TitleOf = std::function<QString(int datasetItem)>;

    WhyPanel(WorkbenchContext& context, TitleOf titleOf, QWidget* parent = nullptr);

    void clear();
    // Rows of `answer`, the first ranked above the second; `slot` gives the colour of the run.
    void explain(const UserAnswer& answer, int slot, int first, int second);

signals:
    void failed(const QString& lead, const recoscope::JobFailure& failure);

private:
    QWidget* makeWhy();
    QWidget* makeCurve();
    void showPair(const UserAnswer& answer, int slot, const RankedItem& first, const RankedItem& second,
        const PairExplanation& why);
    void showBars(const UserAnswer& answer, const PairExplanation& why);
    void showCurve(const DeletionCurve& curve, int slot, int rank);

    WorkbenchContext& m_context;
    TitleOf m_titleOf;
    Panel* m_whyPanel = nullptr;
    QLabel* m_first = nullptr;
    QLabel* m_second = nullptr;
    QLabel* m_hint = nullptr;
    RowBars* m_bars = nullptr;
    ChipLabel* m_residual = nullptr;
    QLabel* m_residualText = nullptr;
    Panel* m_curvePanel = nullptr;
    PlotView* m_curve = nullptr;
};

} // namespace recoscope
