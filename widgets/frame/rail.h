// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The navigation rail: one button per page, sections, Settings at the foot. Collapses to icons with tooltips. Up and
// Down move between the pages. GUI thread.
#pragma once

#include <vector>

#include <QFrame>

class QButtonGroup;
class QLabel;
class QToolButton;

namespace recoscope {

class Theme;
struct ViewDescriptor;

class Rail : public QFrame {
    Q_OBJECT

public:
    Rail(Theme& theme, const std::vector<ViewDescriptor>& views, QWidget* parent = nullptr);
    void setCurrent(const QString& id);
    void setCollapsed(bool collapsed);
    bool isCollapsed() const { return m_collapsed; }

signals:
    void viewRequested(const QString& id);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void restyle();

    struct Entry {
        QString id;
        QString icon;
        QToolButton* button;
    };
    Theme& m_theme;
    std::vector<Entry> m_entries;
    QButtonGroup* m_group;
    QLabel* m_inspect = nullptr;
    bool m_collapsed = false;
};

} // namespace recoscope
