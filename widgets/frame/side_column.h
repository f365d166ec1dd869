// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A column of panels beside the main part of a page. Where the window is narrow it shows one of them at a time, in
// tabs. Of fixed width, which follows the size of the text. GUI thread.
#pragma once

#include <QWidget>

#include <vector>

class QTabWidget;
class QVBoxLayout;

namespace recoscope {

class Theme;

class SideColumn : public QWidget {
    Q_OBJECT

public:
    struct Widths {
        int wide = 0, narrow = 0; // pixels at a text size of 100 %
    };
    // `tabsName` and `tabsLabel`: object and accessible name of the tabs.
    SideColumn(Theme& theme, Widths widths, const QString& tabsName, const QString& tabsLabel, QWidget* parent);

    void setNarrow(bool narrow);
    void addTab(QWidget* panel, const QString& title); // one more, where it is narrow

protected:
    void addPanel(QWidget* panel, const QString& title, int stretch = 0); // below the last; owned

private:
    struct Part {
        QWidget* panel;
        QString title;
        int stretch;
    };
    Theme& m_theme;
    const Widths m_widths;
    QVBoxLayout* m_column;
    QTabWidget* m_tabs;
    std::vector<Part> m_parts;
    bool m_narrow = false;
};

} // namespace recoscope
