// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/empty_state.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

EmptyState::EmptyState(Theme& theme, const QString& icon, const QString& sentence, QWidget* parent)
    : QWidget(parent)
    , m_icon(new QLabel)
    , m_sentence(makeLabel(sentence))
    , m_buttons(new QHBoxLayout)
{
    auto* column = new QVBoxLayout(this);
    column->setSpacing(12);
    m_icon->setAlignment(Qt::AlignCenter);
    setAccessibleName(tr("Nothing here yet"));
    setAccessibleDescription(sentence);
    m_sentence->setAlignment(Qt::AlignCenter);
    m_sentence->setWordWrap(true);
    column->addStretch(2);
    column->addWidget(m_icon);
    column->addWidget(m_sentence);
    m_buttons->setSpacing(8);
    m_buttons->addStretch();
    m_buttons->addStretch();
    column->addLayout(m_buttons);
    column->addStretch(3);
    const auto update
        = [this, &theme, icon] { m_icon->setPixmap(iconPixmap(icon, theme.palette().text3, 28, devicePixelRatioF())); };
    connect(&theme, &Theme::changed, this, update);
    update();
}

void EmptyState::setSentence(const QString& sentence)
{
    m_sentence->setText(sentence);
    setAccessibleDescription(sentence);
}

void EmptyState::addAction(const QString& text, const QString& objectName, std::function<void()> action, bool primary)
{
    QPushButton* button = makeButton(text, objectName, primary ? ButtonKind::Primary : ButtonKind::Normal);
    connect(button, &QPushButton::clicked, this, [action = std::move(action)] { action(); });
    m_buttons->insertWidget(m_buttons->count() - 1, button);
}

} // namespace recoscope
