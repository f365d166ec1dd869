// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// How a page is made without keeping the window from answering. Under a style sheet of the application Qt tells every
// widget of a subtree that its style changed each time the subtree gets a parent, so that a page that is built from the
// inside out spends most of its time on that. Here they are told once, when the page is complete, in slices. GUI
// thread.
#pragma once

#include <QList>
#include <QObject>
#include <QPointer>
#include <QWidget>

namespace recoscope {

// While it lives, widgets that were never styled are not told of a change of style.
class StyleChangePause : public QObject {
    Q_OBJECT

public:
    StyleChangePause();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

// What a page made under a StyleChangePause still needs: its widgets are styled and told, then their layouts measured,
// children before parents, because a widget does it for those below it that were left out.
class PagePreparation {
public:
    explicit PagePreparation(QWidget& page);

    bool isDone() const { return m_toStyle.isEmpty() && m_toMeasure.isEmpty(); }
    void next(); // one widget
    void finish();

private:
    QList<QPointer<QWidget>> m_toStyle, m_toMeasure; // parents first
};

} // namespace recoscope
