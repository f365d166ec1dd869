// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The eigenvalues of one layer: the disk, how long its channels remember, the impulse response of the chosen channel,
// and all layers as a table. One channel is chosen in all of them. GUI thread.
#pragma once

#include <QWidget>

#include <memory>

#include "widgets/core/array_table_model.h"
#include "widgets/views/state/state_data.h"

class QComboBox;

namespace recoscope {

class Exportable;
class Panel;
class PlotView;
class RowTable;
class Theme;
class UnitDisk;

class EigenPage : public QWidget {
    Q_OBJECT

public:
    explicit EigenPage(Theme& theme, QWidget* parent = nullptr);
    void makeDisk(); // in parts: each takes a while
    void makePlots();

    void showData(std::shared_ptr<const StateData> data, int layer); // with eigenvalues
    void setLayer(int layer);
    void setLoading(bool loading, const QString& text = {});
    int channel() const { return m_channel; }
    Exportable* mainExport() const;

signals:
    void layerChosen(int layer);
    void channelChanged(int channel);

private:
    struct LayerRow {
        int layer = 0;
        LayerMemory memory;
    };
    Panel* makeTable();
    void showLayer();
    void showChannel(int channel);
    void showHistogram();
    void showImpulse();
    QString textOf(int channel) const;
    QString titleBack(int events) const; // of the event so many before the last

    Theme& m_theme;
    std::shared_ptr<const StateData> m_data;
    int m_layer = 0;
    int m_channel = -1;
    std::vector<float> m_memory; // [channels] of the layer

    QComboBox* m_layers = nullptr;
    Panel* m_diskPanel = nullptr;
    UnitDisk* m_disk = nullptr;
    PlotView* m_histogram = nullptr;
    PlotView* m_impulse = nullptr;
    Panel* m_tablePanel = nullptr;
    RowTableModel<LayerRow>* m_rows = nullptr;
    RowTable* m_table = nullptr;
};

} // namespace recoscope
