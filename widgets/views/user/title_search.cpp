// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/title_search.h"

#include <QKeyEvent>
#include <QListWidget>

#include <algorithm>

#include "engine/data/catalogue.h"
#include "engine/data/dataset.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/frame/buttons.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int mostFound = 12;

} // namespace

TitleSearch::TitleSearch(WorkbenchContext& context, const QString& objectName, QWidget* parent)
    : QLineEdit(parent)
    , m_context(context)
    , m_popup(new QListWidget(this))
    , m_jobKey(QStringLiteral("titles-%1").arg(objectName))
{
    setNames(this, objectName, tr("Insert a title"));
    setPlaceholderText(tr("Insert a title… (Ctrl+I)"));
    setClearButtonEnabled(true);
    m_popup->setWindowFlags(Qt::ToolTip);
    m_popup->setFocusProxy(this);
    m_popup->setAccessibleName(tr("Titles found"));
    m_popup->setObjectName(objectName + QStringLiteral("Found"));
    connect(this, &QLineEdit::textEdited, this, &TitleSearch::search);
    connect(m_popup, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) { choose(m_popup->row(item)); });
}

void TitleSearch::search(const QString& text)
{
    const auto dataset = m_context.library.dataset();
    if (text.trimmed().isEmpty() || !dataset) {
        m_context.jobs.cancelKey(m_jobKey);
        m_popup->hide();
        return;
    }
    m_context.jobs.run(
        {JobLane::Inspect, tr("Find titles"), m_jobKey}, this,
        [dataset, wanted = text.trimmed().toStdString()](Progress&) {
            std::vector<Found> found;
            for (const ItemRecord& item : dataset->catalogue().searchItems(wanted, mostFound))
                found.push_back({item.index.value, QString::fromStdString(item.display())});
            return found;
        },
        [this](const std::vector<Found>& found) { showFound(found); });
}

void TitleSearch::showFound(const std::vector<Found>& found)
{
    m_popup->clear();
    for (const Found& one : found) {
        auto* item = new QListWidgetItem(one.title, m_popup);
        item->setData(Qt::UserRole, one.item);
    }
    if (found.empty() || text().isEmpty()) {
        m_popup->hide();
        return;
    }
    m_popup->setCurrentRow(0);
    m_popup->setGeometry(QRect(mapToGlobal(QPoint(0, height() + 2)),
        QSize(std::max(width(), 260), std::min(m_popup->count(), 8) * (m_popup->sizeHintForRow(0) + 1) + 6)));
    m_popup->show();
}

void TitleSearch::choose(int row)
{
    const QListWidgetItem* item = m_popup->item(row);
    if (!item)
        return;
    const int chosenItem = item->data(Qt::UserRole).toInt();
    m_popup->hide();
    clear();
    emit chosen(chosenItem);
}

void TitleSearch::keyPressEvent(QKeyEvent* event)
{
    const int rows = m_popup->count();
    if (m_popup->isVisible() && rows > 0) {
        switch (event->key()) {
        case Qt::Key_Down: m_popup->setCurrentRow((m_popup->currentRow() + 1) % rows); return;
        case Qt::Key_Up: m_popup->setCurrentRow((m_popup->currentRow() + rows - 1) % rows); return;
        case Qt::Key_Return:
        case Qt::Key_Enter: choose(m_popup->currentRow()); return;
        case Qt::Key_Escape: m_popup->hide(); return;
        default: break;
        }
    }
    QLineEdit::keyPressEvent(event);
}

void TitleSearch::focusOutEvent(QFocusEvent* event)
{
    m_popup->hide();
    QLineEdit::focusOutEvent(event);
}

} // namespace recoscope
