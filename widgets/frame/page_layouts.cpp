// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/page_layouts.h"

#include <QMainWindow>
#include <QSettings>

namespace recoscope {

namespace {

// Raised whenever a dock is added or renamed: older layouts are then left out.
constexpr int version = 1;
const QString group = QStringLiteral("layouts");

QString keyOf(const QString& page)
{
    return group + u'/' + page;
}

} // namespace

void PageLayouts::enter(const QString& page)
{
    if (m_plain.isEmpty())
        m_plain = m_window.saveState(version);
    if (page == m_page)
        return;
    keep();
    m_page = page;
    const QByteArray kept = QSettings().value(keyOf(page)).toByteArray();
    if (!kept.isEmpty())
        m_window.restoreState(kept, version);
}

void PageLayouts::keep() const
{
    if (!m_page.isEmpty())
        QSettings().setValue(keyOf(m_page), m_window.saveState(version));
}

void PageLayouts::reset()
{
    QSettings().remove(group);
    m_window.restoreState(m_plain, version);
}

} // namespace recoscope
