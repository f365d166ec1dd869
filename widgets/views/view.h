// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Base of the pages: title row (title, grey subtitle, title actions), banner, content. A page is made when it is first
// opened; opening it starts no job over 300 ms. What takes long to make is made as parts, one by one, between other
// events; nothing else is asked of a page before all are there. GUI thread.
#pragma once

#include <deque>
#include <functional>

#include <QList>
#include <QWidget>

#include "widgets/core/selection.h"

class QHBoxLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace recoscope {

class Banner;
class Exportable;
struct WorkbenchContext;

class View : public QWidget {
    Q_OBJECT

public:
    View(WorkbenchContext& context, const QString& title, QWidget* parent = nullptr);

    QString title() const;
    // Chips of the selection bar that mean something here; the others are disabled with a reason.
    virtual SelectionFields usedFields() const;
    // Called each time the page is shown.
    virtual void activate() { }
    // Ctrl+Return; null when there is none.
    virtual QPushButton* primaryButton() const { return nullptr; }
    // Ctrl+E: what the focus is in, or the main picture of the page.
    virtual Exportable* mainExport() const { return nullptr; }
    // Ctrl+F: the filter field of the page, or null.
    virtual QWidget* filterField() const { return nullptr; }
    // Under foldWidth() pixels, at a text size of 100 %, the window asks pages to fold their right column into tabs.
    virtual void setNarrow(bool narrow) { (void)narrow; }
    virtual int foldWidth() const { return 1280; }
    // The run whose layers and heads the selection bar counts: 0 = A, 1 = B.
    virtual int runSlot() const { return 0; }

    // What it needs, not what it would like: Qt would have it scrolled wherever its plots could be taller.
    int heightForWidth(int width) const override;

    bool isComplete() const { return m_parts.empty(); }
    void makeNextPart();

signals:
    void runSlotChanged(int slot);

protected:
    WorkbenchContext& context() const { return m_context; }
    void addPart(std::function<void()> make); // of a constructor; made in this order
    void setTitle(const QString& title);
    void setSubtitle(const QString& subtitle);
    void addTitleAction(QWidget* control); // left to right
    void setTitleRowVisible(bool visible);
    Banner& banner() const { return *m_banner; }
    QVBoxLayout* contentLayout() const { return m_content; } // margins are the page's; spacing 12

private:
    WorkbenchContext& m_context;
    std::deque<std::function<void()>> m_parts;
    QWidget* m_titleRow;
    QLabel* m_title;
    QLabel* m_subtitle;
    QHBoxLayout* m_actions;
    Banner* m_banner;
    QVBoxLayout* m_content;
};

} // namespace recoscope
