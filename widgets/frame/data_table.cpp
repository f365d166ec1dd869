// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/data_table.h"

#include <QApplication>
#include <QHeaderView>
#include <QMenu>

#include "widgets/core/array_table_model.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/fit_columns.h"
#include "widgets/frame/theme.h"

namespace recoscope {

DataTable::DataTable(Theme& theme, const QString& accessibleName, const QString& name, QWidget* parent)
    : QTableView(parent)
    , m_theme(theme)
{
    setNames(this, name, accessibleName);
    setShowGrid(false);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setWordWrap(false);
    setTabKeyNavigation(false);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    verticalHeader()->hide();
    verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setSectionsClickable(true);
    horizontalHeader()->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(horizontalHeader(), &QHeaderView::sectionClicked, this, &DataTable::onHeaderClicked);
    connect(horizontalHeader(), &QWidget::customContextMenuRequested, this, &DataTable::chooseColumns);
    connect(this, &QTableView::activated, this, [this](const QModelIndex& index) { emit rowActivated(index.row()); });
    connect(&theme, &Theme::changed, this, &DataTable::restyle);
    restyle();
}

QSize DataTable::sizeHint() const
{
    const QSize usual = QTableView::sizeHint();
    return {usual.width(), minimumHeight() > 0 ? minimumHeight() : usual.height()};
}

void DataTable::restyle()
{
    verticalHeader()->setMinimumSectionSize(10);
    verticalHeader()->setDefaultSectionSize(m_theme.rowHeight());
    setFont(m_theme.numberFont(TextRole::Body));
}

void DataTable::setTable(ArrayTableModel* model, bool stretchFirst)
{
    m_table = model;
    setModel(model);
    keepColumnsFitting(*this, m_theme);
    if (stretchFirst && !model->columns().empty())
        horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
}

void DataTable::onHeaderClicked(int column)
{
    const bool again = column == m_sortColumn;
    const bool numeric = m_table->columns()[static_cast<std::size_t>(column)].numeric;
    // Numbers are first sorted from the largest down.
    const Qt::SortOrder first = numeric ? Qt::DescendingOrder : Qt::AscendingOrder;
    const Qt::SortOrder flipped = m_order == Qt::AscendingOrder ? Qt::DescendingOrder : Qt::AscendingOrder;
    m_order = again ? flipped : first;
    m_sortColumn = column;
    horizontalHeader()->setSortIndicatorShown(true);
    horizontalHeader()->setSortIndicator(column, m_order);
    if (QApplication::keyboardModifiers() & Qt::ShiftModifier)
        m_table->addSortKey(column, m_order);
    else
        m_table->sort(column, m_order);
}

void DataTable::chooseColumns(const QPoint& at)
{
    QMenu menu(this);
    for (int c = 1; c < model()->columnCount(); ++c) {
        QAction* action = menu.addAction(model()->headerData(c, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!isColumnHidden(c));
        connect(action, &QAction::toggled, this, [this, c](bool shown) { setColumnHidden(c, !shown); });
    }
    menu.exec(horizontalHeader()->mapToGlobal(at));
}

} // namespace recoscope
