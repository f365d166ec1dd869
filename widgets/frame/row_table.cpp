// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/row_table.h"

#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QStyledItemDelegate>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/fit_columns.h"
#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int cellMargin = 8;
constexpr int glyphWidth = 18;
constexpr int leastAside = 30;

class RowDelegate : public QStyledItemDelegate {
public:
    RowDelegate(Theme& theme, RowTable* table)
        : QStyledItemDelegate(table)
        , m_theme(theme)
        , m_table(table)
    {
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Palette& palette = m_theme.palette();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        paintGround(*painter, option, index, palette);
        QRect area = option.rect.adjusted(cellMargin, 0, -cellMargin, 0);
        if (index.data(Qt::CheckStateRole).isValid())
            area.setLeft(paintCheck(*painter, option, index));
        const QVariant slot = index.data(RunSlotRole);
        if (slot.isValid()) {
            const int number = slot.toInt();
            // A run without a slot has no shape; its name still lines up with the others.
            if (number >= 0)
                drawRunShape(
                    *painter, number, QPointF(area.left() + 5, area.center().y() + 0.5), 9, palette.run(number).mark);
            area.setLeft(area.left() + glyphWidth);
        }
        const bool strong = index.data(BestRole).toBool() || m_table->focusRow() == index.row()
            || (slot.isValid() && (slot.toInt() == 0 || slot.toInt() == 1));
        const bool numeric = index.data(Qt::TextAlignmentRole).value<Qt::Alignment>() & Qt::AlignRight;
        const TextRole role = strong ? TextRole::BodyStrong : TextRole::Body;
        painter->setFont(numeric ? m_theme.numberFont(role) : m_theme.font(role));
        const QString text = painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, area.width());
        const int alignment = static_cast<int>(index.data(Qt::TextAlignmentRole).value<Qt::Alignment>());
        const QVariant chip = index.data(ChipRole);
        if (chip.isValid())
            paintChip(*painter, painter->boundingRect(area, alignment, text),
                palette.status(static_cast<StatusTone>(chip.toInt())));
        else
            painter->setPen(index.data(LinkRole).toBool() ? palette.accent
                    : index.data(DimmedRole).toBool()     ? palette.text2
                                                          : palette.text);
        painter->drawText(area, alignment, text);
        paintAside(*painter, area.adjusted(painter->fontMetrics().horizontalAdvance(text) + cellMargin, 0, 0, 0), index,
            palette);
        painter->restore();
    }

    bool editorEvent(
        QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index) override
    {
        // The box is where paintCheck() draws it.
        if (event->type() == QEvent::MouseButtonRelease && index.flags().testFlag(Qt::ItemIsUserCheckable)
            && checkRect(option).adjusted(-4, -4, 4, 4).contains(static_cast<QMouseEvent*>(event)->pos())) {
            const bool checked = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
            return model->setData(index, checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
        }
        return false;
    }

private:
    static QRect checkRect(const QStyleOptionViewItem& option)
    {
        return {option.rect.left() + cellMargin, option.rect.center().y() - 6, 14, 14};
    }

    void paintGround(
        QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index, const Palette& palette) const
    {
        const QColor ground = m_table->focusRow() == index.row() ? palette.focusSoft
            : option.state & QStyle::State_Selected              ? palette.accentSoft
                                                                 : palette.surface;
        painter.fillRect(option.rect, ground);
        painter.setPen(palette.grid);
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
    }

    // Behind the text, whose colour it leaves set.
    static void paintChip(QPainter& painter, const QRect& text, const StatusColours& colours)
    {
        painter.setPen(Qt::NoPen);
        painter.setBrush(colours.soft);
        painter.drawRoundedRect(text.adjusted(-5, -2, 5, 2), 4, 4);
        painter.setPen(colours.text);
    }

    // Grey words after the text, where there is room for some of them.
    void paintAside(QPainter& painter, const QRect& area, const QModelIndex& index, const Palette& palette) const
    {
        const QString aside = index.data(AsideRole).toString();
        if (aside.isEmpty() || area.width() < leastAside)
            return;
        painter.setFont(m_theme.font(TextRole::Caption));
        painter.setPen(palette.text2);
        painter.drawText(area, Qt::AlignLeft | Qt::AlignVCenter,
            painter.fontMetrics().elidedText(aside, Qt::ElideRight, area.width()));
    }

    int paintCheck(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
    {
        QStyleOptionViewItem box(option);
        box.rect = checkRect(option);
        box.state = (index.flags().testFlag(Qt::ItemIsUserCheckable) ? QStyle::State_Enabled : QStyle::State_None)
            | (index.data(Qt::CheckStateRole).toInt() == Qt::Checked ? QStyle::State_On : QStyle::State_Off);
        m_table->style()->drawPrimitive(QStyle::PE_IndicatorItemViewItemCheck, &box, &painter, m_table);
        return box.rect.right() + 9;
    }

    Theme& m_theme;
    RowTable* m_table;
};

} // namespace

RowTable::RowTable(
    Theme& theme, ArrayTableModel* model, const QString& objectName, const QString& accessibleName, QWidget* parent)
    : DataTable(theme, accessibleName, objectName, parent)
    , m_rows(model)
{
    setTable(model, false);
    setItemDelegate(new RowDelegate(theme, this));
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    horizontalHeader()->setStretchLastSection(false);
    connect(this, &QAbstractItemView::entered, this, [this](const QModelIndex& index) {
        viewport()->setCursor(index.data(LinkRole).toBool() ? Qt::PointingHandCursor : Qt::ArrowCursor);
        emit rowHovered(index.row());
    });
    connect(this, &QAbstractItemView::clicked, this, [this](const QModelIndex& index) {
        if (index.data(LinkRole).toBool())
            emit linkClicked(index.row());
    });
    connect(&theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void RowTable::setFocusRow(int row)
{
    m_focusRow = row;
    viewport()->update();
}

void RowTable::setStretchedColumn(int column)
{
    horizontalHeader()->setSectionResizeMode(column, QHeaderView::Stretch);
}

void RowTable::leaveEvent(QEvent* event)
{
    emit rowHovered(-1);
    DataTable::leaveEvent(event);
}

void RowTable::keyPressEvent(QKeyEvent* event)
{
    const QModelIndex box = currentIndex().siblingAtColumn(0);
    if (event->key() == Qt::Key_Space && box.data(Qt::CheckStateRole).isValid()) {
        const bool checked = box.data(Qt::CheckStateRole).toInt() == Qt::Checked;
        model()->setData(box, checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
        return;
    }
    DataTable::keyPressEvent(event);
}

QString RowTable::csv() const
{
    QString text;
    const auto line = [&](const std::function<QString(int)>& cell) {
        QStringList cells;
        for (int column = 0; column < m_rows->columnCount(); ++column) {
            if (!isColumnHidden(column))
                cells.push_back(csvField(cell(column)));
        }
        text += cells.join(u',') + u'\n';
    };
    line([&](int column) { return m_rows->columns()[static_cast<std::size_t>(column)].title; });
    for (int row = 0; row < m_rows->rowCount(); ++row) {
        line([&](int column) {
            const QVariant raw = m_rows->index(row, column).data(RawRole);
            return raw.typeId() == QMetaType::Double ? format::exact(raw.toDouble()) : raw.toString();
        });
    }
    return text;
}

} // namespace recoscope
