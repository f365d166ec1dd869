// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A row of joined buttons of which one is checked. Left and right keys move; each segment is focusable by keyboard.
#pragma once

#include <QStringList>
#include <QWidget>

class QButtonGroup;

namespace recoscope {

class SegmentedControl : public QWidget {
    Q_OBJECT

public:
    // Object names are `name` and `name` + index; `accessibleName` says what is chosen here.
    SegmentedControl(
        const QStringList& labels, const QString& name, const QString& accessibleName, QWidget* parent = nullptr);

    int current() const;
    void setCurrent(int index); // emits when it changes
    void setSegmentEnabled(int index, bool enabled);

signals:
    void currentChanged(int index);

private:
    QButtonGroup* m_group;
};

} // namespace recoscope
