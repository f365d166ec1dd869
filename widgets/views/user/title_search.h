// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A field that finds items of the catalogue by title or raw id while one types (latest wins) and gives the chosen one.
// GUI thread.
#pragma once

#include <QLineEdit>

#include <vector>

class QListWidget;

namespace recoscope {

struct WorkbenchContext;

class TitleSearch : public QLineEdit {
    Q_OBJECT

public:
    TitleSearch(WorkbenchContext& context, const QString& objectName, QWidget* parent = nullptr);

signals:
    void chosen(int datasetItem);

protected:
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

private:
    struct Found {
        int item;
        QString title;
    };
    void search(const QString& text);
    void showFound(const std::vector<Found>& found);
    void choose(int row);

    WorkbenchContext& m_context;
    QListWidget* m_popup;
    QString m_jobKey;
};

} // namespace recoscope
