// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A banner over a page: what happened, what is safe, what to do. One button, one link, optionally "Copy details".
#pragma once

#include <functional>

#include <QFrame>

#include "widgets/core/jobs.h"
#include "widgets/frame/palette.h"

class QLabel;
class QPushButton;

namespace recoscope {

class Theme;

class Banner : public QFrame {
    Q_OBJECT

public:
    explicit Banner(Theme& theme, QWidget* parent = nullptr); // hidden until something is shown

    // `lead` is bold, `text` follows it.
    void showMessage(StatusTone tone, const QString& lead, const QString& text);
    // The failure of a job: message, hint, and its details to copy.
    void showFailure(const QString& lead, const JobFailure& failure);
    // After showMessage or showFailure; each replaces the former one.
    void setButton(const QString& text, std::function<void()> action);
    void setLink(const QString& text, std::function<void()> action);
    void setDetails(const QString& details);
    QString text() const; // as read by a screen reader

public slots:
    void clear();

private:
    void restyle();

    Theme& m_theme;
    StatusTone m_tone = StatusTone::Info;
    QLabel* m_icon;
    QLabel* m_text;
    QPushButton* m_link;
    QPushButton* m_button;
    QPushButton* m_copy;
    QPushButton* m_close;
    std::function<void()> m_linkAction;
    std::function<void()> m_buttonAction;
    QString m_details;
};

} // namespace recoscope
