// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The items of a dataset as a table over the catalogue's cached columns. Holds the dataset. GUI thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "widgets/core/array_table_model.h"

namespace recoscope {

class Dataset;

class ItemModel : public ArrayTableModel {
    Q_OBJECT

public:
    explicit ItemModel(QObject* parent = nullptr);
    // `counts`: events of every item. Titles and categories must be cached.
    void setItems(std::shared_ptr<const Dataset> dataset, std::shared_ptr<const std::vector<std::int64_t>> counts);

protected:
    std::int64_t sourceRows() const override;
    QString text(std::int64_t row, int column) const override;
    QVariant raw(std::int64_t row, int column) const override;

private:
    std::shared_ptr<const Dataset> m_dataset;
    std::shared_ptr<const std::vector<std::int64_t>> m_counts;
};

// Events of every item; for a job. Also reads the catalogue's columns into its cache.
std::shared_ptr<const std::vector<std::int64_t>> countItems(const Dataset& dataset);

} // namespace recoscope
