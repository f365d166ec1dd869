// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A one-line label that gives way: without room its text ends in "…" and the whole text is its tooltip. GUI thread.
#pragma once

#include <QLabel>

namespace recoscope {

class ElidedLabel : public QLabel {
    Q_OBJECT

public:
    // `role` as in makeLabel().
    explicit ElidedLabel(const char* role = "", QWidget* parent = nullptr);

    QSize minimumSizeHint() const override;

protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
};

} // namespace recoscope
