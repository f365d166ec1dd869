// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The wheel scrolls a form and never changes a value in it: over a closed list or a number in something that scrolls
// the turn goes on to what scrolls. GUI thread.
#pragma once

#include <QObject>

namespace recoscope {

// As an event filter of the application.
class WheelGuard : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace recoscope
