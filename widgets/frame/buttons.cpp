// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/buttons.h"

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "widgets/frame/theme.h"

namespace recoscope {

void setNames(QWidget* widget, const QString& objectName, const QString& accessibleName)
{
    widget->setObjectName(objectName);
    widget->setAccessibleName(accessibleName);
}

QPushButton* makeButton(const QString& text, const QString& objectName, ButtonKind kind, QWidget* parent)
{
    auto* button = new QPushButton(text, parent);
    setNames(button, objectName, text);
    switch (kind) {
    case ButtonKind::Primary: button->setProperty("kind", QStringLiteral("primary")); break;
    case ButtonKind::Danger: button->setProperty("kind", QStringLiteral("danger")); break;
    case ButtonKind::Link:
        button->setProperty("kind", QStringLiteral("link"));
        button->setCursor(Qt::PointingHandCursor);
        break;
    case ButtonKind::Normal: break;
    }
    button->setAutoDefault(false);
    return button;
}

QToolButton* makeIconButton(
    Theme& theme, const QString& icon, const QString& name, const QString& objectName, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    setNames(button, objectName, name);
    button->setProperty("kind", QStringLiteral("icon"));
    button->setToolTip(name);
    button->setIconSize(QSize(16, 16));
    button->setFocusPolicy(Qt::StrongFocus);
    const auto update = [&theme, button, icon] { button->setIcon(theme.icon(icon)); };
    QObject::connect(&theme, &Theme::changed, button, update);
    update();
    return button;
}

void setThemedIcon(Theme& theme, QPushButton* button, const QString& icon)
{
    button->setIconSize(QSize(15, 15));
    button->setText(u' ' + button->text());
    const auto update = [&theme, button, icon] {
        const QString kind = button->property("kind").toString();
        const Palette& p = theme.palette();
        const QColor colour = kind == QStringLiteral("primary") ? p.onAccent
            : kind == QStringLiteral("link")                    ? p.accentText
            : kind == QStringLiteral("danger")                  ? p.bad.text
                                                                : p.text;
        button->setIcon(theme.icon(icon, colour));
    };
    QObject::connect(&theme, &Theme::changed, button, update);
    update();
}

QLabel* makeLabel(const QString& text, const char* role, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    if (*role)
        label->setProperty("textRole", QLatin1String(role));
    return label;
}

QFrame* makeSeparator(QWidget* parent)
{
    auto* line = new QFrame(parent);
    line->setProperty("separator", true);
    return line;
}

} // namespace recoscope
