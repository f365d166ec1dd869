// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/runs/row_table.h"

#include <QApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>
#include <QStyledItemDelegate>

#include "widgets/frame/buttons.h"
#include "widgets/frame/fit_columns.h"
#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int cellMargin = 8;
constexpr int glyphWidth = 18;

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
            drawRunShape(
                *painter, number, QPointF(area.left() + 5, area.center().y() + 0.5), 9, palette.run(number).mark);
            area.setLeft(area.left() + glyphWidth);
        }
        const bool strong = index.data(BestRole).toBool() || m_table->focusRow() == index.row()
            || (slot.isValid() && (slot.toInt() == 0 || slot.toInt() == 1));
        const bool numeric = index.data(Qt::TextAlignmentRole).value<Qt::Alignment>() & Qt::AlignRight;
        const TextRole role = strong ? TextRole::BodyStrong : TextRole::Body;
        painter->setFont(numeric ? m_theme.numberFont(role) : m_theme.font(role));
        painter->setPen(index.data(DimmedRole).toBool() ? palette.text2 : palette.text);
        const QString text = painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, area.width());
        painter->drawText(area, static_cast<int>(index.data(Qt::TextAlignmentRole).value<Qt::Alignment>()), text);
        painter->restore();
    }

    bool editorEvent(
        QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option, const QModelIndex& index) override
    {
        // The box is where paintCheck() draws it.
        if (event->type() == QEvent::MouseButtonRelease && index.data(Qt::CheckStateRole).isValid()
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

    int paintCheck(QPainter& painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
    {
        QStyleOptionViewItem box(option);
        box.rect = checkRect(option);
        box.state = QStyle::State_Enabled
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
    : QTableView(parent)
    , m_theme(theme)
    , m_rows(model)
{
    setNames(this, objectName, accessibleName);
    setModel(model);
    setItemDelegate(new RowDelegate(theme, this));
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setShowGrid(false);
    setTabKeyNavigation(false); // Tab leaves the table, arrows move in it
    setFrameShape(QFrame::NoFrame);
    setWordWrap(false);
    setMouseTracking(true);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    verticalHeader()->hide();
    QHeaderView* header = horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionsClickable(true);
    header->setStretchLastSection(false);
    header->setContextMenuPolicy(Qt::CustomContextMenu);
    keepColumnsFitting(*this, theme);
    connect(header, &QHeaderView::sectionClicked, this, &RowTable::sortByHeader);
    connect(header, &QHeaderView::customContextMenuRequested, this, &RowTable::chooseColumns);
    connect(
        this, &QAbstractItemView::entered, this, [this](const QModelIndex& index) { emit rowHovered(index.row()); });
    connect(&theme, &Theme::changed, this, &RowTable::applyTheme);
    applyTheme();
}

void RowTable::applyTheme()
{
    verticalHeader()->setDefaultSectionSize(m_theme.rowHeight());
    viewport()->update();
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

void RowTable::sortByHeader(int section)
{
    const bool add = QApplication::keyboardModifiers() & Qt::ShiftModifier;
    // Numbers are first wanted largest first.
    const bool numeric = m_rows->columns()[static_cast<std::size_t>(section)].numeric;
    const Qt::SortOrder first = numeric ? Qt::DescendingOrder : Qt::AscendingOrder;
    m_sortOrder = m_sortColumn != section   ? first
        : m_sortOrder == Qt::AscendingOrder ? Qt::DescendingOrder
                                            : Qt::AscendingOrder;
    m_sortColumn = section;
    horizontalHeader()->setSortIndicatorShown(true);
    horizontalHeader()->setSortIndicator(section, m_sortOrder);
    if (add)
        m_rows->addSortKey(section, m_sortOrder);
    else
        m_rows->sort(section, m_sortOrder);
}

void RowTable::chooseColumns(const QPoint& at)
{
    QMenu menu(this);
    for (int column = 1; column < static_cast<int>(m_rows->columns().size()); ++column) {
        QAction* action = menu.addAction(m_rows->columns()[static_cast<std::size_t>(column)].title);
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(column));
        connect(action, &QAction::toggled, this, [this, column](bool shown) { setColumnHidden(column, !shown); });
    }
    menu.exec(horizontalHeader()->mapToGlobal(at));
}

void RowTable::leaveEvent(QEvent* event)
{
    emit rowHovered(-1);
    QTableView::leaveEvent(event);
}

void RowTable::keyPressEvent(QKeyEvent* event)
{
    const QModelIndex box = currentIndex().siblingAtColumn(0);
    if (event->key() == Qt::Key_Space && box.data(Qt::CheckStateRole).isValid()) {
        const bool checked = box.data(Qt::CheckStateRole).toInt() == Qt::Checked;
        model()->setData(box, checked ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
        return;
    }
    QTableView::keyPressEvent(event);
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
            return raw.typeId() == QMetaType::Double ? QString::number(raw.toDouble(), 'g', 10) : raw.toString();
        });
    }
    return text;
}

} // namespace recoscope
