// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The state over time: how large it is after each event, layer by layer, and what it would lack without one of them.
// Works for every model with a recurrent state. GUI thread.
#pragma once

#include <QWidget>

#include <memory>

#include "widgets/views/state/state_data.h"

class QVBoxLayout;

namespace recoscope {

class EventBars;
class Exportable;
class Panel;
class PlotView;
class Theme;

class TimePage : public QWidget {
    Q_OBJECT

public:
    explicit TimePage(Theme& theme, QWidget* parent = nullptr);
    void makePanels();

    void showData(std::shared_ptr<const StateData> data, int layer);
    void setLayer(int layer);
    void showEffects(const EventEffects& effects);
    void setLoading(bool loading, const QString& text = {});
    Exportable* mainExport() const;

private:
    void showNorms();

    Theme& m_theme;
    std::shared_ptr<const StateData> m_data;
    int m_layer = 0;
    PlotView* m_norms = nullptr;
    Panel* m_effectsPanel = nullptr;
    EventBars* m_effects = nullptr;
};

} // namespace recoscope
