// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The kinds of buttons and labels that the style sheet knows, each made in one call. The parent given to the layout
// owns them. Every control gets an object name and an accessible name.
#pragma once

#include <QString>

class QLabel;
class QPushButton;
class QToolButton;
class QWidget;
class QFrame;

namespace recoscope {

class Theme;

enum class ButtonKind { Normal, Primary, Danger, Link };

QPushButton* makeButton(
    const QString& text, const QString& objectName, ButtonKind kind = ButtonKind::Normal, QWidget* parent = nullptr);
// A 26 px button with an icon only; `name` is its tooltip and accessible name. Follows the theme.
QToolButton* makeIconButton(
    Theme& theme, const QString& icon, const QString& name, const QString& objectName, QWidget* parent = nullptr);
// Gives a push button an icon that follows the theme (on-accent for primary buttons).
void setThemedIcon(Theme& theme, QPushButton* button, const QString& icon);

// role: "page", "panel", "strong", "secondary", "caption", "group", "figure", "error" or "" (body).
QLabel* makeLabel(const QString& text, const char* role = "", QWidget* parent = nullptr);
QFrame* makeSeparator(QWidget* parent = nullptr);
// Names a control for tests and for screen readers.
void setNames(QWidget* widget, const QString& objectName, const QString& accessibleName);

} // namespace recoscope
