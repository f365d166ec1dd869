// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/queue_panel.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QListWidget>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/run_words.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/train/queue_delegate.h"

namespace recoscope {

namespace {

constexpr std::size_t mostLeftBehind = 20;

QString resultText(const RunRecord& run)
{
    QStringList parts{modelTitle(run.model)};
    if (run.epochs > 0)
        parts << format::plural(run.epochs, QueuePanel::tr("%1 epoch"), QueuePanel::tr("%1 epochs"));
    if (const auto found = run.test.find("ndcg@10"); found != run.test.end())
        parts << QueuePanel::tr("NDCG@10 %1").arg(format::accuracy(found->second));
    return parts.join(QStringLiteral(" · "));
}

} // namespace

QueuePanel::QueuePanel(WorkbenchContext& context, QWidget* parent)
    : Panel(context.theme, tr("Queue"), QStringLiteral("queue"), parent)
    , m_context(context)
    , m_list(new QListWidget)
    , m_stack(new QStackedWidget)
    , m_clear(makeButton(tr("Clear ended"), QStringLiteral("queueClear"), ButtonKind::Link))
    , m_remove(makeButton(tr("Remove"), QStringLiteral("queueRemove")))
    , m_resume(makeButton(tr("Resume"), QStringLiteral("queueResume")))
{
    setEnlargeable(false);
    setBodyMargins(0, 0, 0, 8);
    addControl(m_clear);
    setNames(m_list, QStringLiteral("queueList"), tr("Waiting and ended runs"));
    m_list->setItemDelegate(new QueueDelegate(context.theme, m_list));
    m_list->setDragDropMode(QAbstractItemView::InternalMove);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* listed = new QWidget;
    auto* column = new QVBoxLayout(listed);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(m_list, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(12, 0, 12, 0);
    row->setSpacing(8);
    for (QPushButton* button : {m_resume, m_remove}) {
        button->setProperty("small", true);
        row->addWidget(button);
    }
    row->addStretch(1);
    column->addLayout(row);
    m_stack->addWidget(listed);
    m_stack->addWidget(new EmptyState(context.theme, QStringLiteral("activity"),
        tr("Nothing waits. Add to queue puts a run here; several values in a field, such as 32, 64, put a sweep "
           "here.")));
    m_stack->setCurrentIndex(1); // nothing is listed yet
    setContent(m_stack);
    TrainingQueue& queue = context.training;
    connect(m_clear, &QPushButton::clicked, &queue, &TrainingQueue::clearEnded);
    connect(m_remove, &QPushButton::clicked, this, [this, &queue] { queue.removeWaiting(currentRun()); });
    connect(m_resume, &QPushButton::clicked, this, [this] { emit resumeRequested(currentRun()); });
    auto* del = new QShortcut(QKeySequence(Qt::Key_Delete), m_list, nullptr, nullptr, Qt::WidgetShortcut);
    connect(del, &QShortcut::activated, m_remove, &QPushButton::click);
    connect(m_list->model(), &QAbstractItemModel::rowsMoved, this, &QueuePanel::onMoved);
    connect(m_list, &QListWidget::currentRowChanged, this, &QueuePanel::updateButtons);
    connect(m_list, &QListWidget::itemActivated, this, [this] { emit runChosen(currentRun()); });
    connect(&queue, &TrainingQueue::changed, this, &QueuePanel::refresh);
    connect(&context.library, &Library::runsChanged, this, &QueuePanel::refresh);
    refresh();
}

std::vector<RunId> QueuePanel::leftBehind() const
{
    std::vector<RunId> ids;
    const std::vector<RunId> ended = m_context.training.ended();
    for (const RunRecord& run : m_context.library.runs()) {
        const bool cutOff = run.status == RunStatus::Interrupted || run.status == RunStatus::Queued;
        const bool shown = std::find(ended.begin(), ended.end(), run.id) != ended.end();
        if (cutOff && !shown && !m_context.training.holds(run.id) && ids.size() < mostLeftBehind)
            ids.push_back(run.id);
    }
    return ids;
}

std::optional<QueuePanel::Row> QueuePanel::rowOf(const RunId& id, Kind kind) const
{
    const QString key = QString::fromStdString(id);
    const RunRecord* record = m_context.library.run(key);
    const LiveRun* live = m_context.training.live(id);
    if (!record && !live)
        return std::nullopt;
    Row row;
    row.id = key;
    row.kind = kind;
    row.name = record ? QString::fromStdString(record->name) : live->name;
    row.detail = record ? resultText(*record) : modelTitle(live->model.toStdString());
    if (record && kind != Kind::Waiting) {
        row.chip = statusText(record->status);
        row.tone = statusTone(record->status);
    }
    return row;
}

std::vector<QueuePanel::Row> QueuePanel::rows() const
{
    std::vector<Row> all;
    const auto add = [&](const std::vector<RunId>& ids, Kind kind) {
        for (const RunId& id : ids) {
            if (auto row = rowOf(id, kind))
                all.push_back(std::move(*row));
        }
    };
    add(m_context.training.waiting(), Kind::Waiting);
    add(m_context.training.ended(), Kind::Ended);
    add(leftBehind(), Kind::LeftBehind);
    return all;
}

void QueuePanel::refresh()
{
    if (m_moving)
        return;
    if (std::vector<Row> now = rows(); now != m_rows) {
        m_rows = std::move(now);
        fill(m_rows);
    }
    updateHeader();
    updateButtons();
}

void QueuePanel::fill(const std::vector<Row>& rows)
{
    const QString current = QString::fromStdString(currentRun());
    m_list->clear();
    for (const Row& row : rows) {
        auto* item = new QListWidgetItem(row.name, m_list);
        item->setData(QueueRunRole, row.id);
        item->setData(QueueKindRole, static_cast<int>(row.kind));
        item->setData(QueueDetailRole, row.detail);
        item->setData(QueueChipRole, row.chip);
        item->setData(QueueToneRole, static_cast<int>(row.tone));
        const Qt::ItemFlags drag = row.kind == Kind::Waiting ? Qt::ItemIsDragEnabled : Qt::NoItemFlags;
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | drag);
        item->setToolTip(row.name);
        if (row.id == current)
            m_list->setCurrentItem(item);
    }
    m_stack->setCurrentIndex(rows.empty() ? 1 : 0);
}

void QueuePanel::updateHeader()
{
    const auto count = [this](Kind kind) {
        return std::count_if(m_rows.begin(), m_rows.end(), [kind](const Row& row) { return row.kind == kind; });
    };
    QStringList words;
    if (const auto waiting = count(Kind::Waiting); waiting > 0)
        words << (waiting > 1 ? tr("%1 waiting · drag to reorder") : tr("%1 waiting")).arg(waiting);
    if (const auto left = count(Kind::LeftBehind); left > 0)
        words << tr("%1 unfinished").arg(left);
    setSubtitle(words.join(QStringLiteral(" · ")));
    m_clear->setVisible(count(Kind::Ended) > 0);
}

RunId QueuePanel::currentRun() const
{
    const QListWidgetItem* item = m_list->currentItem();
    return item ? item->data(QueueRunRole).toString().toStdString() : RunId();
}

void QueuePanel::updateButtons()
{
    const QListWidgetItem* item = m_list->currentItem();
    const bool waits = item && item->data(QueueKindRole).toInt() == static_cast<int>(Kind::Waiting);
    const RunRecord* run = item ? m_context.library.run(item->data(QueueRunRole).toString()) : nullptr;
    m_remove->setVisible(waits);
    m_resume->setVisible(!waits && run && canResume(*run));
}

void QueuePanel::onMoved()
{
    std::vector<RunId> order;
    for (int row = 0; row < m_list->count(); ++row) {
        if (m_list->item(row)->data(QueueKindRole).toInt() == static_cast<int>(Kind::Waiting))
            order.push_back(m_list->item(row)->data(QueueRunRole).toString().toStdString());
    }
    // Every move tells of a change; the list may only be filled again when all are done and the drop has ended.
    m_moving = true;
    for (std::size_t i = 0; i < order.size(); ++i)
        m_context.training.moveWaiting(order[i], static_cast<int>(i));
    const auto settle = [this] {
        m_moving = false;
        refresh();
    };
    QMetaObject::invokeMethod(this, settle, Qt::QueuedConnection);
}

} // namespace recoscope
