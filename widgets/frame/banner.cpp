// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/banner.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int bannerHeight = 44;

QString iconOf(StatusTone tone)
{
    switch (tone) {
    case StatusTone::Good: return QStringLiteral("circle-check");
    case StatusTone::Bad: return QStringLiteral("circle-alert");
    case StatusTone::Warn: return QStringLiteral("triangle-alert");
    default: return QStringLiteral("info");
    }
}

} // namespace

Banner::Banner(Theme& theme, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_icon(new QLabel)
    , m_text(new QLabel)
    , m_link(makeButton(tr("More"), QStringLiteral("bannerLink"), ButtonKind::Link))
    , m_button(makeButton(tr("Act"), QStringLiteral("bannerButton")))
    , m_copy(makeButton(tr("Copy details"), QStringLiteral("bannerCopy"), ButtonKind::Link))
    , m_close(makeButton(tr("Dismiss"), QStringLiteral("bannerClose"), ButtonKind::Link))
{
    setAccessibleName(tr("Message"));
    setObjectName(QStringLiteral("banner"));
    setMinimumHeight(bannerHeight);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 10, 6);
    row->setSpacing(10);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::RichText);
    m_text->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    row->addWidget(m_icon);
    row->addWidget(m_text, 1);
    for (QPushButton* button : {m_copy, m_link, m_button, m_close})
        row->addWidget(button);
    connect(m_link, &QPushButton::clicked, this, [this] { m_linkAction(); });
    connect(m_button, &QPushButton::clicked, this, [this] { m_buttonAction(); });
    connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_details); });
    connect(m_close, &QPushButton::clicked, this, &Banner::clear);
    connect(&theme, &Theme::changed, this, &Banner::restyle);
    hide();
}

void Banner::showMessage(StatusTone tone, const QString& lead, const QString& text)
{
    m_tone = tone;
    m_text->setText(QStringLiteral("<b>%1</b> %2").arg(lead.toHtmlEscaped(), text.toHtmlEscaped()));
    setAccessibleName(lead + u' ' + text);
    for (QPushButton* button : {m_link, m_button, m_copy})
        button->hide();
    restyle();
    show();
}

void Banner::showFailure(const QString& lead, const JobFailure& failure)
{
    showMessage(StatusTone::Bad, lead, failure.message + u' ' + failure.hint);
    setDetails(QStringLiteral("%1\n%2\n%3").arg(lead, failure.message, failure.hint));
}

void Banner::setButton(const QString& text, std::function<void()> action)
{
    m_buttonAction = std::move(action);
    m_button->setText(text);
    m_button->setAccessibleName(text);
    m_button->show();
}

void Banner::setLink(const QString& text, std::function<void()> action)
{
    m_linkAction = std::move(action);
    m_link->setText(text);
    m_link->setAccessibleName(text);
    m_link->show();
}

void Banner::setDetails(const QString& details)
{
    m_details = details;
    m_copy->show();
}

QString Banner::text() const
{
    return accessibleName();
}

void Banner::clear()
{
    hide();
}

void Banner::restyle()
{
    const StatusColours colours = m_theme.palette().status(m_tone);
    setStyleSheet(QStringLiteral("#banner { background: %1; border: 1px solid %2; border-radius: 6px; }"
                                 "#banner QLabel { color: %3; }")
                      .arg(colours.soft.name(), colours.line.name(), colours.text.name()));
    m_icon->setPixmap(iconPixmap(iconOf(m_tone), colours.line, 18, devicePixelRatioF()));
}

} // namespace recoscope
