// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/focus_order.h"

#include <QLayout>
#include <QTabBar>
#include <QTabWidget>
#include <QWidget>

namespace recoscope {

namespace {

void collect(QWidget* widget, QList<QWidget*>& stops);

void collectLayout(QLayout* layout, QList<QWidget*>& stops)
{
    for (int i = 0; i < layout->count(); ++i) {
        QLayoutItem* item = layout->itemAt(i);
        if (QWidget* widget = item->widget())
            collect(widget, stops);
        else if (QLayout* inner = item->layout())
            collectLayout(inner, stops);
    }
}

void collect(QWidget* widget, QList<QWidget*>& stops)
{
    if (widget->focusPolicy() & Qt::TabFocus)
        stops.push_back(widget);
    if (const auto* tabs = qobject_cast<QTabWidget*>(widget)) {
        collect(tabs->tabBar(), stops);
        for (int i = 0; i < tabs->count(); ++i)
            collect(tabs->widget(i), stops);
    } else if (widget->layout()) {
        collectLayout(widget->layout(), stops);
    } else {
        for (QWidget* child : widget->findChildren<QWidget*>(Qt::FindDirectChildrenOnly)) {
            if (!child->isWindow())
                collect(child, stops);
        }
    }
}

} // namespace

QList<QWidget*> tabStops(QWidget* region)
{
    QList<QWidget*> stops;
    collect(region, stops);
    return stops;
}

QWidget* nextStop(const QList<QWidget*>& regions, const QWidget* from, bool forward)
{
    QList<QWidget*> stops;
    for (QWidget* region : regions) {
        for (QWidget* stop : tabStops(region)) {
            if (stop->isVisible() && stop->isEnabled() && !stop->focusProxy())
                stops.push_back(stop);
        }
    }
    if (stops.isEmpty())
        return nullptr;
    qsizetype at = -1;
    for (const QWidget* widget = from; widget && at < 0; widget = widget->parentWidget())
        at = stops.indexOf(const_cast<QWidget*>(widget));
    if (at < 0)
        return forward ? stops.front() : stops.back();
    return stops[(at + (forward ? 1 : stops.size() - 1)) % stops.size()];
}

} // namespace recoscope
