// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where the docks of the window stand, kept for each page: leaving a page keeps its layout, coming back restores it; a
// page that was never arranged takes over what is seen. Kept in the user's settings. GUI thread.
#pragma once

#include <QByteArray>
#include <QString>

class QMainWindow;

namespace recoscope {

class PageLayouts {
public:
    explicit PageLayouts(QMainWindow& window)
        : m_window(window)
    {
    }

    void enter(const QString& page); // keeps the layout of the page before
    void keep() const; // of the present page
    void reset(); // forgets every page; the present layout is the plain one

private:
    QMainWindow& m_window;
    QByteArray m_plain; // before anything was moved
    QString m_page;
};

} // namespace recoscope
