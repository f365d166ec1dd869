// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The ways to serve as boxes to check; all are at first. GUI thread.
#pragma once

#include <QWidget>

#include <vector>

#include "engine/store/records.h"

class QCheckBox;

namespace recoscope {

class PathChoice : public QWidget {
    Q_OBJECT

public:
    explicit PathChoice(QWidget* parent = nullptr);

    std::vector<ServingMode> checked() const;
    bool isChecked(ServingMode mode) const;

signals:
    void changed();

private:
    std::vector<QCheckBox*> m_modes; // in the order of allServingModes
};

} // namespace recoscope
