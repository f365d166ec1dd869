// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Curves mode of the Compare page: training loss and a validation metric over the epochs of the checked runs, laid
// over each other under one crosshair. Runs without epochs (counting models) stand as a dashed line at what they reach
// on validation. GUI thread.
#pragma once

#include <QWidget>

#include <map>
#include <vector>

#include "engine/store/store.h"
#include "widgets/core/jobs.h"
#include "widgets/plots/plot_model.h"

class QComboBox;

namespace recoscope {

class Exportable;
class Panel;
class PlotView;
struct WorkbenchContext;

// A run with its epochs and colour.
struct RunCurve {
    RunRecord run;
    int slot = -1;
    std::vector<EpochRecord> epochs;
};
PlotModel lossCurves(const std::vector<RunCurve>& runs);
PlotModel validationCurves(const std::vector<RunCurve>& runs, const std::string& metric);

class CurvesPage : public QWidget {
    Q_OBJECT

public:
    explicit CurvesPage(WorkbenchContext& context, QWidget* parent = nullptr);

    void show(const std::vector<RunRecord>& runs, const QStringList& slotIds);
    Exportable* mainExport() const;

signals:
    void failed(const QString& lead, const recoscope::JobFailure& failure);

private:
    void draw();

    WorkbenchContext& m_context;
    QComboBox* m_metric = nullptr;
    Panel* m_lossPanel = nullptr;
    Panel* m_validPanel = nullptr;
    PlotView* m_loss = nullptr;
    PlotView* m_valid = nullptr;
    std::vector<RunCurve> m_runs;
};

} // namespace recoscope
