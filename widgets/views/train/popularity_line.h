// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the most popular items alone reach on the validation targets, per dataset and protocol, computed by a job the
// first time it is asked for. GUI thread.
#pragma once

#include <map>
#include <optional>
#include <set>

#include <QObject>

#include "engine/store/store.h"

namespace recoscope {

struct WorkbenchContext;

class PopularityLine : public QObject {
    Q_OBJECT

public:
    explicit PopularityLine(WorkbenchContext& context, QObject* parent = nullptr);
    // NDCG@10, or nothing while it is computed or when it cannot be.
    std::optional<double> ndcg(const RunRecord& run);

signals:
    void changed();

private:
    WorkbenchContext& m_context;
    std::map<std::string, double> m_known; // by dataset and protocol hash
    std::set<std::string> m_asked;
};

} // namespace recoscope
