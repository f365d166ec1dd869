// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The tab "Filter and split": the protocol as a form, and what it leaves of the dataset, in numbers and as bars. GUI
// thread.
#pragma once

#include "widgets/frame/panel.h"
#include "widgets/views/data/split_summary.h"

class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace recoscope {

class ProtocolForm;
class SplitBars;

class SplitPage : public Panel {
    Q_OBJECT

public:
    explicit SplitPage(Theme& theme, QWidget* parent = nullptr);
    void addForm(Theme& theme); // once; takes long for one turn of the event loop
    ProtocolForm& form() const { return *m_form; }
    void clear();
    void setSplit(const DatasetInfo& before, const SplitSummary& split);

private:
    QWidget* makePreview(Theme& theme);
    void setRow(int row, const QString& before, const QString& after);

    QVBoxLayout* m_left;
    ProtocolForm* m_form = nullptr;
    QGridLayout* m_numbers = nullptr;
    std::vector<std::pair<QLabel*, QLabel*>> m_rows; // before, after
    QLabel* m_parts = nullptr;
    SplitBars* m_bars = nullptr;
    QLabel* m_protocol = nullptr;
};

} // namespace recoscope
