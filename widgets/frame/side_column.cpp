// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/side_column.h"

#include <QTabWidget>
#include <QVBoxLayout>

#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

SideColumn::SideColumn(Theme& theme, Widths widths, const QString& tabsName, const QString& tabsLabel, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_widths(widths)
    , m_column(new QVBoxLayout(this))
    , m_tabs(new QTabWidget(this))
{
    setNames(m_tabs, tabsName, tabsLabel);
    m_tabs->hide();
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(12);
    m_column->addWidget(m_tabs, 1);
    theme.keepWidth(this, widths.wide);
}

void SideColumn::addPanel(QWidget* panel, const QString& title, int stretch)
{
    m_parts.push_back({panel, title, stretch});
    m_column->addWidget(panel, stretch);
}

void SideColumn::setNarrow(bool narrow)
{
    if (narrow == m_narrow)
        return;
    m_narrow = narrow;
    m_theme.keepWidth(this, narrow ? m_widths.narrow : m_widths.wide);
    m_tabs->setVisible(narrow);
    for (const Part& part : m_parts) {
        if (narrow) {
            m_tabs->addTab(part.panel, part.title);
        } else {
            m_column->addWidget(part.panel, part.stretch);
            part.panel->show(); // a tab had hidden it
        }
    }
}

void SideColumn::addTab(QWidget* panel, const QString& title)
{
    m_tabs->addTab(panel, title);
}

} // namespace recoscope
