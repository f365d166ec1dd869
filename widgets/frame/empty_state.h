// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a page or panel shows when there is nothing to show: icon, one sentence, one or two buttons.
#pragma once

#include <functional>

#include <QWidget>

class QHBoxLayout;
class QLabel;

namespace recoscope {

class Theme;

class EmptyState : public QWidget {
    Q_OBJECT

public:
    EmptyState(Theme& theme, const QString& icon, const QString& sentence, QWidget* parent = nullptr);

    void setSentence(const QString& sentence);
    // The first one added is primary when `primary`.
    void addAction(const QString& text, const QString& objectName, std::function<void()> action, bool primary = false);

private:
    QLabel* m_icon;
    QLabel* m_sentence;
    QHBoxLayout* m_buttons;
};

} // namespace recoscope
