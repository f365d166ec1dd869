// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/chip_label.h"

#include "widgets/frame/theme.h"

namespace recoscope {

ChipLabel::ChipLabel(Theme& theme, QWidget* parent)
    : QLabel(parent)
    , m_theme(theme)
{
    setTextFormat(Qt::PlainText);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Maximum);
    connect(&theme, &Theme::changed, this, &ChipLabel::restyle);
    hide();
}

void ChipLabel::setChip(StatusTone tone, const QString& text)
{
    m_tone = tone;
    setText(text);
    restyle();
    setVisible(!text.isEmpty());
}

void ChipLabel::restyle()
{
    const StatusColours colours = m_theme.palette().status(m_tone);
    setStyleSheet(QStringLiteral("background: %1; color: %2; border-radius: 4px; padding: 2px 7px;"
                                 "font-size: %3px; font-weight: 600;")
                      .arg(colours.soft.name(), colours.text.name())
                      .arg(m_theme.scaled(11)));
}

} // namespace recoscope
