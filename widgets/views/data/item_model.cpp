// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/item_model.h"

#include "engine/data/catalogue.h"
#include "engine/data/dataset.h"
#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

enum { TitleColumn, CategoryColumn, IdColumn, EventsColumn };

QString at(const std::vector<std::string>& values, std::int64_t row)
{
    return QString::fromStdString(values[static_cast<std::size_t>(row)]);
}

} // namespace

ItemModel::ItemModel(QObject* parent)
    : ArrayTableModel(parent)
{
    setColumns({{tr("Item"), {}, false, 320}, {tr("Categories"), {}, false, 220}, {tr("Raw id"), {}, false, 120},
        {tr("Events"), {}, true, 90}});
}

void ItemModel::setItems(
    std::shared_ptr<const Dataset> dataset, std::shared_ptr<const std::vector<std::int64_t>> counts)
{
    resetSource([&] {
        m_dataset = std::move(dataset);
        m_counts = std::move(counts);
    });
}

std::int64_t ItemModel::sourceRows() const
{
    return m_dataset ? m_dataset->info().items : 0;
}

QString ItemModel::text(std::int64_t row, int column) const
{
    const Catalogue& catalogue = m_dataset->catalogue();
    switch (column) {
    case TitleColumn: return at(catalogue.titles(), row);
    case CategoryColumn: return at(catalogue.categories(), row).replace(u'|', QStringLiteral(" · "));
    case IdColumn: return at(catalogue.rawItems(), row);
    default: return format::count((*m_counts)[static_cast<std::size_t>(row)]);
    }
}

QVariant ItemModel::raw(std::int64_t row, int column) const
{
    if (column == EventsColumn)
        return QVariant::fromValue<qlonglong>((*m_counts)[static_cast<std::size_t>(row)]);
    return text(row, column);
}

std::shared_ptr<const std::vector<std::int64_t>> countItems(const Dataset& dataset)
{
    dataset.catalogue().categories();
    dataset.catalogue().rawItems();
    auto counts = std::make_shared<std::vector<std::int64_t>>(static_cast<std::size_t>(dataset.info().items), 0);
    for (const std::int32_t item : dataset.interactions().items)
        ++(*counts)[static_cast<std::size_t>(item)];
    return counts;
}

} // namespace recoscope
