// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What each token of a segment took from the older events: a strip a token, coloured by attention of one layer (mean of
// its heads, or one head), or by what the token would lack without the event. One token is chosen. GUI thread.
#pragma once

#include "widgets/frame/panel.h"
#include "widgets/plots/heat_strips.h"
#include "widgets/views/tokens/tokens_data.h"

class QComboBox;

namespace recoscope {

enum class AbsorbedMeasure { Attention, LeaveOneOut };

class AbsorbedPanel : public Panel {
    Q_OBJECT

public:
    explicit AbsorbedPanel(Theme& theme, QWidget* parent = nullptr);

    void showData(std::shared_ptr<const TokensData> data, int layer);
    void setLayer(int layer);
    void setMeasure(AbsorbedMeasure measure);
    void showEffects(std::shared_ptr<const TokenEffects> effects); // null = not worked out
    void setToken(int token); // of all tokens; shows its segment
    int head() const; // -1 = mean
    // For the title of the page, which has more room; whoever shows them owns them.
    QComboBox* layerBox() const { return m_layers; }
    QComboBox* headBox() const { return m_heads; }

signals:
    void layerChosen(int layer);
    void headChosen();
    void tokenChosen(int token);

private:
    void fillBoxes();
    void showStrips();
    std::vector<double> valuesOf(std::int64_t token) const; // [older events]
    HeatStrips::Strip stripOf(std::int64_t token) const;
    struct Events {
        std::int64_t first = 0, end = 0;
    };
    Events shownEvents() const; // those that tokens of the chosen segment can hold anything of

    std::shared_ptr<const TokensData> m_data;
    std::shared_ptr<const TokenEffects> m_effects;
    AbsorbedMeasure m_measure = AbsorbedMeasure::Attention;
    int m_layer = 0;
    int m_token = 0;
    int m_shownSegment = 0; // the box may be ahead of it
    QComboBox* m_segment;
    QComboBox* m_layers;
    QComboBox* m_heads;
    HeatStrips* m_strips;
};

} // namespace recoscope
