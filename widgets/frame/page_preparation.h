// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// How a page is made without keeping the window from answering. Under a style sheet of the application Qt tells every
// widget of a subtree that its style changed each time the subtree gets a parent, so that a page that is built from the
// inside out spends most of its time on that. Here its parts are made, and they are told once, when the page is
// complete, in slices. GUI thread.
#pragma once

#include <QList>
#include <QObject>
#include <QPointer>
#include <QWidget>

#include "widgets/views/view.h"

namespace recoscope {

// While it lives, widgets that were never styled are not told of a change of style.
class StyleChangePause : public QObject {
    Q_OBJECT

public:
    StyleChangePause();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

// What a page made under a StyleChangePause still needs: its parts are made, its widgets styled and told, then their
// layouts measured, children before parents, because a widget does it for those below it that were left out.
class PagePreparation {
public:
    explicit PagePreparation(View& page);

    bool isDone() const { return m_page.isComplete() && m_listed && m_toStyle.isEmpty() && m_toMeasure.isEmpty(); }
    void next(); // one part, or one widget
    void finish();

private:
    void listWidgets();

    View& m_page;
    bool m_listed = false;
    QList<QPointer<QWidget>> m_toStyle, m_toMeasure; // parents first
};

} // namespace recoscope
