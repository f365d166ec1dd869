// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The events of a dataset as a table over its memory-mapped arrays: nothing is copied; sorting runs in a job over the
// arrays themselves. Holds the dataset. GUI thread.
#pragma once

#include <memory>

#include "widgets/core/array_table_model.h"

namespace recoscope {

class Dataset;

class EventModel : public ArrayTableModel {
    Q_OBJECT

public:
    explicit EventModel(QObject* parent = nullptr);
    void setDataset(std::shared_ptr<const Dataset> dataset); // titles must be cached (Library does that)
    int userOf(int shownRow) const;
    int itemOf(int shownRow) const;
    QList<int> emptyColumns() const; // that this dataset has nothing for, though others do

protected:
    std::int64_t sourceRows() const override;
    QString text(std::int64_t row, int column) const override;
    QVariant raw(std::int64_t row, int column) const override;
    Sorter detachedSorter() const override;

private:
    std::shared_ptr<const Dataset> m_dataset;
};

} // namespace recoscope
