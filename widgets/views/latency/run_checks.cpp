// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/run_checks.h"

#include <QSignalBlocker>

#include <algorithm>

namespace recoscope {

namespace {

constexpr int mostRunsShown = 3;

} // namespace

RunChecks::RunChecks(QWidget* parent)
    : QListWidget(parent)
{
    setFrameShape(QFrame::NoFrame);
    setSpacing(2);
    setSelectionMode(QAbstractItemView::NoSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // long names end in dots; tool tips have them whole
}

void RunChecks::setRuns(const std::vector<RunRecord>& runs, const QStringList& checked)
{
    QStringList checks;
    QStringList known;
    for (int i = 0; i < count(); ++i) {
        const QString id = item(i)->data(Qt::UserRole).toString();
        known.push_back(id);
        if (item(i)->checkState() == Qt::Checked)
            checks.push_back(id);
    }
    // Those that will be measured stand first, in sight.
    m_runs = runs;
    std::stable_partition(m_runs.begin(), m_runs.end(),
        [&](const RunRecord& run) { return checked.contains(QString::fromStdString(run.id)); });
    const QSignalBlocker quiet(this);
    clear();
    for (const RunRecord& run : m_runs) {
        const QString id = QString::fromStdString(run.id);
        auto* item = new QListWidgetItem(QString::fromStdString(run.name), this);
        item->setToolTip(item->text());
        item->setData(Qt::UserRole, id);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable);
        const bool isNew = !known.contains(id) || !m_asked.contains(id);
        const bool isChecked = checks.contains(id) || (isNew && checked.contains(id));
        item->setCheckState(isChecked ? Qt::Checked : Qt::Unchecked);
    }
    m_asked = checked;
    fitHeight();
}

void RunChecks::fitHeight()
{
    const int shown = std::clamp(count(), 2, mostRunsShown);
    setFixedHeight(shown * (std::max(sizeHintForRow(0), fontMetrics().height()) + 2 * spacing()) + 2 * spacing());
}

std::vector<RunRecord> RunChecks::checked() const
{
    std::vector<RunRecord> runs;
    for (int i = 0; i < count(); ++i) {
        if (item(i)->checkState() == Qt::Checked)
            runs.push_back(m_runs[static_cast<std::size_t>(i)]);
    }
    return runs;
}

} // namespace recoscope
