// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/runs/run_groups.h"

#include <algorithm>

#include <QHeaderView>
#include <QSignalBlocker>
#include <QTreeWidgetItemIterator>

#include "widgets/core/formatting.h"
#include "widgets/core/run_filter.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int groupRowHeight = 28;
enum Role { KindRole = Qt::UserRole, NameRole };

RunGroup groupOf(const QTreeWidgetItem& item)
{
    return {
        static_cast<RunGroup::Kind>(item.data(0, KindRole).toInt()), item.data(0, NameRole).toString().toStdString()};
}

} // namespace

bool RunGroup::contains(const RunRecord& run) const
{
    switch (kind) {
    case Kind::Folder: return runFolderOf(run) == name;
    case Kind::Tag: return std::find(run.tags.begin(), run.tags.end(), name) != run.tags.end();
    case Kind::Dataset: return run.dataset == name;
    case Kind::All:
    case Kind::Bin: break;
    }
    return true;
}

RunGroups::RunGroups(Theme& theme, QWidget* parent)
    : QTreeWidget(parent)
    , m_theme(theme)
{
    setObjectName(QStringLiteral("runGroupTree"));
    setAccessibleName(tr("Folders, tags and datasets"));
    setHeaderHidden(true);
    setColumnCount(2);
    setFrameShape(QFrame::NoFrame);
    setRootIsDecorated(false);
    setIndentation(12);
    header()->setStretchLastSection(false);
    connect(&theme, &Theme::changed, this, &RunGroups::colourHeadings);
    connect(this, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
        if (!item || !item->flags().testFlag(Qt::ItemIsSelectable))
            return;
        m_chosen = groupOf(*item);
        emit chosenChanged();
    });
}

void RunGroups::setSnapshot(const RunSnapshot& snapshot)
{
    const QSignalBlocker quiet(this);
    const RunGroup wanted = m_chosen;
    clear();
    QTreeWidgetItem* all = addGroup(nullptr, tr("All runs"), static_cast<int>(snapshot.runs->size()), {});
    addSection(tr("FOLDERS"), snapshot.folders, RunGroup::Kind::Folder);
    addSection(tr("TAGS"), snapshot.tags, RunGroup::Kind::Tag);
    addSection(tr("DATASETS"), snapshot.datasets, RunGroup::Kind::Dataset);
    addGroup(nullptr, tr("Bin"), static_cast<int>(snapshot.bin->size()), {RunGroup::Kind::Bin, {}});
    m_chosen = {};
    setCurrentItem(all);
    for (QTreeWidgetItemIterator item(this, QTreeWidgetItemIterator::Selectable); *item; ++item) {
        if (groupOf(**item) != wanted)
            continue;
        m_chosen = wanted;
        setCurrentItem(*item);
    }
    header()->setSectionResizeMode(0, QHeaderView::Stretch);
    header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
    colourHeadings();
}

void RunGroups::colourHeadings()
{
    for (int i = 0; i < topLevelItemCount(); ++i)
        if (QTreeWidgetItem* item = topLevelItem(i); !item->flags().testFlag(Qt::ItemIsSelectable))
            item->setForeground(0, m_theme.palette().text3);
}

void RunGroups::chooseAll()
{
    setCurrentItem(topLevelItem(0));
}

QString RunGroups::title() const
{
    const QTreeWidgetItem* item = currentItem();
    return item ? item->text(0) : tr("All runs");
}

QTreeWidgetItem* RunGroups::addGroup(QTreeWidgetItem* parent, const QString& text, int count, const RunGroup& group)
{
    auto* item = parent ? new QTreeWidgetItem(parent) : new QTreeWidgetItem(this);
    item->setText(0, text);
    item->setText(1, format::count(count));
    item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
    item->setSizeHint(0, QSize(0, m_theme.scaled(groupRowHeight)));
    item->setData(0, KindRole, static_cast<int>(group.kind));
    item->setData(0, NameRole, QString::fromStdString(group.name));
    return item;
}

void RunGroups::addSection(const QString& title, const std::map<std::string, int>& entries, RunGroup::Kind kind)
{
    if (entries.empty())
        return;
    auto* head = new QTreeWidgetItem(this, {title});
    head->setFlags(Qt::ItemIsEnabled); // without it the entries below could not be chosen either
    head->setSizeHint(0, QSize(0, m_theme.scaled(groupRowHeight)));
    head->setFont(0, m_theme.font(TextRole::Caption));
    for (const auto& [name, count] : entries)
        addGroup(head, QString::fromStdString(name), count, {kind, name});
    head->setExpanded(true);
}

} // namespace recoscope
