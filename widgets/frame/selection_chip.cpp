// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/selection_chip.h"

#include <QDropEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int chipHeight = 38;
constexpr int arrowRoom = 24;

} // namespace

SelectionChip::SelectionChip(Theme& theme, const QString& caption, const QString& name, QWidget* parent)
    : QAbstractButton(parent)
    , m_theme(theme)
    , m_caption(caption)
{
    setNames(this, name, caption);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setValue({});
    connect(&theme, &Theme::changed, this, &QWidget::updateGeometry);
}

void SelectionChip::setValue(const QString& value)
{
    m_value = value;
    setAccessibleName(QStringLiteral("%1: %2").arg(m_caption, value.isEmpty() ? tr("none") : value));
    update();
}

void SelectionChip::setAcceptsRuns(bool accepts)
{
    setAcceptDrops(accepts);
}

QSize SelectionChip::sizeHint() const
{
    return QSize(m_theme.scaled(m_width), m_theme.scaled(chipHeight));
}

QSize SelectionChip::minimumSizeHint() const
{
    return QSize(m_theme.scaled(std::min(m_width, 62)), m_theme.scaled(chipHeight));
}

void SelectionChip::paintEvent(QPaintEvent*)
{
    const Palette& p = m_theme.palette();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(hasFocus() ? p.accent : p.line, hasFocus() ? 2 : 1));
    painter.setBrush(underMouse() && isEnabled() ? p.grid : p.sunk);
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 5, 5);
    int left = 9;
    if (m_slot >= 0) {
        drawRunShape(painter, m_slot, QPointF(left + 6, height() / 2.0), 11,
            isEnabled() && !m_value.isEmpty() ? p.run(m_slot).mark : p.border);
        left += 19;
    }
    const int room = width() - left - arrowRoom;
    painter.setFont(m_theme.font(TextRole::ChipCaption));
    painter.setPen(isEnabled() ? p.text2 : p.border);
    painter.drawText(QRect(left, 4, room + 14, height() / 2 - 4), Qt::AlignLeft | Qt::AlignVCenter, m_caption);
    QFont font = m_theme.font(TextRole::Secondary);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(!isEnabled() ? p.border : m_value.isEmpty() ? p.text2 : p.text);
    const QString shown = m_value.isEmpty() ? format::missing() : m_value;
    painter.drawText(QRect(left, height() / 2 - 2, room, height() / 2 - 1), Qt::AlignLeft | Qt::AlignVCenter,
        painter.fontMetrics().elidedText(shown, Qt::ElideRight, room));
    painter.drawPixmap(width() - 20, height() / 2 - 6,
        iconPixmap(QStringLiteral("chevron-down"), isEnabled() ? p.text2 : p.border, 12, devicePixelRatioF()));
}

void SelectionChip::keyPressEvent(QKeyEvent* event)
{
    const int key = event->key();
    if (key == Qt::Key_Down || key == Qt::Key_Return || key == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

void SelectionChip::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasFormat(QLatin1String(runMimeType)))
        event->acceptProposedAction();
}

void SelectionChip::dropEvent(QDropEvent* event)
{
    emit runDropped(QString::fromUtf8(event->mimeData()->data(QLatin1String(runMimeType))));
    event->acceptProposedAction();
}

} // namespace recoscope
