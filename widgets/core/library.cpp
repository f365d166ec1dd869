// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/library.h"

#include <algorithm>

#include <QPointer>

#include "engine/data/catalogue.h"
#include "engine/data/dataset.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/release.h"
#include "widgets/core/selection.h"

namespace recoscope {

namespace {

constexpr int pollMilliseconds = 1000;

} // namespace

Library::Library(std::shared_ptr<Workspace> workspace, Jobs& jobs, Selection& selection, QObject* parent)
    : QObject(parent)
    , m_workspace(std::move(workspace))
    , m_jobs(jobs)
    , m_selection(selection)
    , m_runs(std::make_shared<const std::vector<RunRecord>>())
{
    connect(&m_poll, &QTimer::timeout, this, &Library::poll);
    connect(&selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & SelectionField::Dataset)
            openSelected();
    });
    selection.setDatasetOf([library = QPointer(this)](const QString& id) {
        const RunRecord* found = library ? library->run(id) : nullptr;
        return found ? QString::fromStdString(found->dataset) : QString();
    });
    m_poll.start(pollMilliseconds);
    refresh();
    openSelected();
}

const RunRecord* Library::run(const QString& id) const
{
    const auto found = m_places.find(id.toStdString());
    return found == m_places.end() ? nullptr : &(*m_runs)[found->second];
}

const DatasetRecord* Library::datasetRecord(const QString& name) const
{
    const std::string wanted = name.toStdString();
    const auto found = std::find_if(
        m_datasets.begin(), m_datasets.end(), [&](const DatasetRecord& record) { return record.name == wanted; });
    return found == m_datasets.end() ? nullptr : &*found;
}

QString Library::runName(const QString& id) const
{
    const RunRecord* found = run(id);
    return found ? QString::fromStdString(found->name) : id;
}

QString Library::itemTitle(int item) const
{
    if (!m_dataset || item < 0 || item >= items())
        return {};
    return QString::fromStdString(m_dataset->catalogue().titles()[static_cast<std::size_t>(item)]);
}

QString Library::userName(int user) const
{
    if (!m_dataset || user < 0 || user >= users())
        return {};
    return QString::fromStdString(m_dataset->catalogue().rawUsers()[static_cast<std::size_t>(user)]);
}

int Library::users() const
{
    return m_dataset ? static_cast<int>(m_dataset->info().users) : 0;
}

int Library::items() const
{
    return m_dataset ? static_cast<int>(m_dataset->info().items) : 0;
}

void Library::poll()
{
    if (m_reading)
        return;
    m_reading = true;
    m_jobs.run(
        {JobLane::Inspect, {}, {}}, this,
        [workspace = m_workspace](Progress&) { return workspace->store().changeCounter(); },
        [this](std::uint64_t counter) {
            m_reading = false;
            if (counter != m_counter)
                refresh();
        },
        [this](const JobFailure&) { m_reading = false; });
}

void Library::refresh()
{
    m_jobs.run(
        {JobLane::Inspect, {}, QStringLiteral("library")}, this,
        [workspace = m_workspace](Progress&) {
            Lists lists;
            lists.counter = workspace->store().changeCounter();
            lists.runs = releasedElsewhere(workspace->store().runs());
            for (std::size_t i = 0; i < lists.runs->size(); ++i)
                lists.places.emplace((*lists.runs)[i].id, i);
            lists.datasets = workspace->store().datasets();
            return lists;
        },
        [this](Lists lists) { take(std::move(lists)); });
}

void Library::take(Lists lists)
{
    m_counter = lists.counter;
    m_runs = std::move(lists.runs);
    m_places = std::move(lists.places);
    m_datasets = std::move(lists.datasets);
    m_loaded = true;
    emit datasetsChanged();
    emit runsChanged();
}

void Library::openSelected()
{
    const QString name = m_selection.dataset();
    if (name == m_openName)
        return;
    m_openName = name;
    m_dataset.reset();
    if (name.isEmpty()) {
        m_jobs.cancelKey(QStringLiteral("open-dataset"));
        emit datasetOpened();
        return;
    }
    m_jobs.run(
        {JobLane::Inspect, tr("Open %1").arg(name), QStringLiteral("open-dataset")}, this,
        [workspace = m_workspace, name = name.toStdString()](Progress&) {
            std::shared_ptr<const Dataset> dataset = workspace->openDataset(name);
            // Read here, so that the getters above and the pages find them in the cache.
            dataset->catalogue().titles();
            dataset->catalogue().rawUsers();
            dataset->catalogue().categories();
            dataset->catalogue().rawItems();
            return dataset;
        },
        [this](std::shared_ptr<const Dataset> dataset) {
            m_dataset = std::move(dataset);
            emit datasetOpened();
        },
        [this](const JobFailure& failure) {
            m_openName.clear();
            emit datasetFailed(failure);
        });
}

} // namespace recoscope
