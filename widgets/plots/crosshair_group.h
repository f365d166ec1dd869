// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Charts that share the quantity of their x axis share one crosshair. GUI thread; not owned by the charts.
#pragma once

#include <optional>

#include <QObject>

namespace recoscope {

class CrosshairGroup : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    std::optional<double> position() const { return m_position; }
    bool isLocked() const { return m_locked; }
    void hover(std::optional<double> x); // ignored while locked
    void lock(double x);
    void release();

signals:
    void moved();

private:
    std::optional<double> m_position;
    bool m_locked = false;
};

} // namespace recoscope
