// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/wheel_guard.h"

#include <QAbstractScrollArea>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QEvent>

namespace recoscope {

namespace {

bool isField(const QObject* object)
{
    return qobject_cast<const QComboBox*>(object) || qobject_cast<const QAbstractSpinBox*>(object);
}

// The widget or what it is part of, such as the line of a number.
QWidget* fieldOf(QWidget* widget)
{
    for (QWidget* w : {widget, widget->parentWidget()})
        if (w && isField(w))
            return w;
    return nullptr;
}

bool scrolls(const QWidget* field)
{
    for (const QWidget* w = field->parentWidget(); w && !w->isWindow(); w = w->parentWidget())
        if (qobject_cast<const QAbstractScrollArea*>(w))
            return true;
    return false;
}

} // namespace

bool WheelGuard::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::Wheel && event->type() != QEvent::Polish)
        return false;
    auto* widget = qobject_cast<QWidget*>(watched);
    if (event->type() == QEvent::Polish) {
        if (widget && isField(widget) && widget->focusPolicy() == Qt::WheelFocus)
            widget->setFocusPolicy(Qt::StrongFocus);
        return false;
    }
    const QWidget* field = widget ? fieldOf(widget) : nullptr;
    if (!field || !scrolls(field))
        return false;
    event->ignore(); // so that it goes on to the parent
    return true;
}

} // namespace recoscope
