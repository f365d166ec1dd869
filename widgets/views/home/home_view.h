// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Home: three first steps, what happened lately, recent runs, datasets and a place to drop files. Starts nothing.
#pragma once

#include "engine/store/store.h"
#include "widgets/core/array_table_model.h"
#include "widgets/views/view.h"

class QPushButton;

namespace recoscope {

class NewsPanel;
class RecentRuns;

class HomeView : public View {
    Q_OBJECT

public:
    explicit HomeView(WorkbenchContext& context, QWidget* parent = nullptr);
    QPushButton* primaryButton() const override { return m_open; }
    SelectionFields usedFields() const override;
    void activate() override;
    void setNarrow(bool narrow) override;

private:
    QWidget* makeCard(const QString& icon, const QString& title, const QString& text, QPushButton* button);
    QWidget* makeCards();
    QWidget* makeDatasets();
    QWidget* makeDropZone();
    void update();

    QPushButton* m_open = nullptr;
    RowTableModel<DatasetRecord>* m_datasets;
    NewsPanel* m_news = nullptr;
    RecentRuns* m_runs = nullptr;
    QWidget* m_right = nullptr;
};

} // namespace recoscope
