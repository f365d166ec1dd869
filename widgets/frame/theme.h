// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Look of the window: palette (light, dark, or as the system), fonts with a text scale, row density. One object, made
// by the application and passed on; widgets that paint themselves listen to changed(). GUI thread only.
#pragma once

#include <QFont>
#include <QIcon>
#include <QObject>

#include "widgets/frame/palette.h"

namespace recoscope {

enum class ThemeMode { System, Light, Dark };
enum class Density { Compact, Normal, Lecture };
enum class TextRole { ChipCaption, Caption, Secondary, Body, BodyStrong, PanelTitle, PageTitle, Lesson };

class Theme : public QObject {
    Q_OBJECT

public:
    explicit Theme(QObject* parent = nullptr);

    const Palette& palette() const;
    bool isDark() const { return palette().dark; }
    ThemeMode mode() const { return m_mode; }
    double textScale() const { return m_textScale; }
    Density density() const { return m_density; }

    void setMode(ThemeMode mode);
    void setTextScale(double scale); // clamped to 0.9 .. 2.0
    void setDensity(Density density);

    QFont font(TextRole role) const;
    QFont numberFont(TextRole role) const; // tabular digits
    int scaled(int pixels) const; // a text-bound size in logical pixels under the text scale
    void keepWidth(QWidget* widget, int pixels); // fixed, and scaled again with the text; the last call counts
    int rowHeight() const; // of one-line table rows
    QIcon icon(const QString& name) const; // in text 2
    QIcon icon(const QString& name, const QColor& colour) const;

    // Style, palette, font and style sheet of the application.
    void apply();

signals:
    void changed();

private:
    QString styleSheet() const;

    ThemeMode m_mode = ThemeMode::System;
    bool m_systemIsDark = false;
    double m_textScale = 1.0;
    Density m_density = Density::Compact;
    QString m_family;
    QString m_digitFamily; // a family whose digits are equally wide, or empty when m_family's are
};

} // namespace recoscope
