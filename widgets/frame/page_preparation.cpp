// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/page_preparation.h"

#include <QApplication>
#include <QEvent>
#include <QLayout>

namespace recoscope {

StyleChangePause::StyleChangePause()
{
    qApp->installEventFilter(this);
}

bool StyleChangePause::eventFilter(QObject* watched, QEvent* event)
{
    return event->type() == QEvent::StyleChange && watched->isWidgetType()
        && !static_cast<QWidget*>(watched)->testAttribute(Qt::WA_WState_Polished);
}

PagePreparation::PagePreparation(View& page)
    : m_page(page)
{
}

void PagePreparation::listWidgets()
{
    m_toStyle << &m_page;
    for (QWidget* child : m_page.findChildren<QWidget*>())
        m_toStyle << child;
    m_toMeasure = m_toStyle;
    m_listed = true;
}

void PagePreparation::next()
{
    if (!m_page.isComplete()) {
        const StyleChangePause pause;
        m_page.makeNextPart();
        // A new widget asks to be polished in the next turn, all in one; here it is done widget by widget below.
        for (QWidget* child : m_page.findChildren<QWidget*>())
            QCoreApplication::removePostedEvents(child, QEvent::PolishRequest);
        return;
    }
    if (!m_listed)
        listWidgets();
    const bool styling = !m_toStyle.isEmpty();
    QWidget* widget = styling ? m_toStyle.takeLast() : m_toMeasure.takeLast();
    if (widget && styling) {
        widget->ensurePolished();
        QEvent changed(QEvent::StyleChange);
        QCoreApplication::sendEvent(widget, &changed);
    } else if (widget && widget->layout()) {
        widget->layout()->totalSizeHint();
    }
}

void PagePreparation::finish()
{
    while (!isDone())
        next();
}

} // namespace recoscope
