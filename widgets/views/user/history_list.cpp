// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/history_list.h"

#include <QKeyEvent>
#include <QMimeData>
#include <QPainter>
#include <QStyledItemDelegate>

#include "widgets/core/formatting.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

const QString rowMimeType = QStringLiteral("application/x-recoscope-history-row");

class HistoryDelegate : public QStyledItemDelegate {
public:
    HistoryDelegate(Theme& theme, QObject* parent)
        : QStyledItemDelegate(parent)
        , m_theme(theme)
    {
    }

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {200, m_theme.scaled(42)}; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Palette& palette = m_theme.palette();
        const auto mark = static_cast<EditedHistory::Mark>(index.data(HistoryModel::MarkRole).toInt());
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        paintGround(*painter, option, mark, palette);
        const QRect row = option.rect;
        painter->drawPixmap(row.left() + 6, row.center().y() - 7,
            iconPixmap(QStringLiteral("grip-vertical"), palette.text3, 14, painter->device()->devicePixelRatioF()));
        const bool edited = mark != EditedHistory::Mark::Stored;
        const QColor strong = mark == EditedHistory::Mark::Inserted ? palette.good.text
            : mark == EditedHistory::Mark::Removed                  ? palette.bad.text
                                                                    : palette.text2;
        painter->setPen(strong);
        painter->setFont(
            m_theme.numberFont(mark == EditedHistory::Mark::Inserted ? TextRole::BodyStrong : TextRole::Secondary));
        painter->drawText(QRect(row.left() + 22, row.top(), 34, row.height()), Qt::AlignRight | Qt::AlignVCenter,
            index.data(HistoryModel::NumberRole).toString());
        const QString gap = index.data(HistoryModel::GapRole).toString();
        const int gapWidth = gap.isEmpty() ? 0 : m_theme.scaled(86);
        const QRect words(row.left() + 66, row.top(), row.width() - 66 - gapWidth - 10, row.height());
        paintWords(*painter, words, index, mark, palette);
        painter->setPen(edited ? strong : palette.text2);
        painter->setFont(edited ? m_theme.font(TextRole::BodyStrong) : m_theme.numberFont(TextRole::Secondary));
        painter->drawText(QRect(row.right() - gapWidth - 8, row.top(), gapWidth, row.height()),
            Qt::AlignRight | Qt::AlignVCenter, gap);
        painter->restore();
    }

private:
    void paintGround(
        QPainter& painter, const QStyleOptionViewItem& option, EditedHistory::Mark mark, const Palette& palette) const
    {
        QColor ground = palette.surface;
        if (mark == EditedHistory::Mark::Inserted)
            ground = palette.good.soft;
        else if (mark == EditedHistory::Mark::Removed)
            ground = palette.bad.soft;
        else if (mark == EditedHistory::Mark::Moved)
            ground = palette.info.soft;
        else if (option.state & QStyle::State_Selected)
            ground = palette.accentSoft;
        painter.fillRect(option.rect, ground);
        painter.setPen(palette.grid);
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
        if (option.state & QStyle::State_Selected) {
            painter.setPen(Qt::NoPen);
            painter.setBrush(palette.accent);
            painter.drawRect(QRect(option.rect.topLeft(), QSize(3, option.rect.height())));
        }
    }

    void paintWords(QPainter& painter, const QRect& area, const QModelIndex& index, EditedHistory::Mark mark,
        const Palette& palette) const
    {
        QFont font = m_theme.font(TextRole::Body);
        font.setStrikeOut(mark == EditedHistory::Mark::Removed);
        painter.setFont(font);
        painter.setPen(palette.text);
        const QString category = index.data(HistoryModel::CategoryRole).toString();
        const int half = area.height() / 2;
        const QRect first = category.isEmpty() ? area : QRect(area.left(), area.top() + 2, area.width(), half);
        painter.drawText(first, Qt::AlignLeft | (category.isEmpty() ? Qt::AlignVCenter : Qt::AlignBottom),
            painter.fontMetrics().elidedText(
                index.data(HistoryModel::TitleRole).toString(), Qt::ElideRight, area.width()));
        painter.setFont(m_theme.font(TextRole::Caption));
        painter.setPen(palette.text2);
        painter.drawText(QRect(area.left(), area.top() + half, area.width(), half), Qt::AlignLeft | Qt::AlignTop,
            painter.fontMetrics().elidedText(category, Qt::ElideRight, area.width()));
    }

    Theme& m_theme;
};

} // namespace

HistoryModel::HistoryModel(ItemWordsOf words, QObject* parent)
    : QAbstractListModel(parent)
    , m_words(std::move(words))
{
}

void HistoryModel::setHistory(const EditedHistory& history)
{
    beginResetModel();
    m_history = history;
    endResetModel();
}

int HistoryModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : m_history.size();
}

QString HistoryModel::gapText(int position) const
{
    switch (m_history.events()[static_cast<std::size_t>(position)].mark) {
    case EditedHistory::Mark::Inserted: return tr("inserted");
    case EditedHistory::Mark::Removed: return tr("removed");
    case EditedHistory::Mark::Moved: return tr("moved");
    case EditedHistory::Mark::Stored: break;
    }
    const auto gap = m_history.gapBefore(position);
    if (!gap)
        return {};
    return *gap == 0 ? tr("same second") : format::gap(static_cast<double>(*gap));
}

QVariant HistoryModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int position = positionOf(index.row());
    const EditedHistory::Event& event = m_history.events()[static_cast<std::size_t>(position)];
    switch (role) {
    case Qt::DisplayRole:
    case TitleRole: return m_words(event.item).title;
    case CategoryRole: return m_words(event.item).category;
    case GapRole: return gapText(position);
    case MarkRole: return static_cast<int>(event.mark);
    case ItemRole: return event.item;
    case NumberRole: return event.number > 0 ? format::count(event.number) : QStringLiteral("+");
    case Qt::ToolTipRole:
        return event.time ? tr("%1\n%2").arg(m_words(event.item).title, format::dateTime(*event.time))
                          : m_words(event.item).title;
    case Qt::AccessibleTextRole: return tr("%1, %2").arg(m_words(event.item).title, gapText(position));
    default: return {};
    }
}

Qt::ItemFlags HistoryModel::flags(const QModelIndex& index) const
{
    const Qt::ItemFlags base = QAbstractListModel::flags(index);
    return index.isValid() ? base | Qt::ItemIsDragEnabled : base | Qt::ItemIsDropEnabled;
}

QStringList HistoryModel::mimeTypes() const
{
    return {rowMimeType, QString::fromLatin1(itemMimeType)};
}

QMimeData* HistoryModel::mimeData(const QModelIndexList& indexes) const
{
    auto* mime = new QMimeData;
    if (!indexes.isEmpty())
        mime->setData(rowMimeType, QByteArray::number(positionOf(indexes.front().row())));
    return mime;
}

bool HistoryModel::dropMimeData(const QMimeData* data, Qt::DropAction, int row, int, const QModelIndex&)
{
    // Between two rows: `row` is the one below the gap, which is the older event.
    const int before = row < 0 ? 0 : m_history.size() - row;
    if (data->hasFormat(QString::fromLatin1(itemMimeType))) {
        emit insertAsked(before, data->data(QString::fromLatin1(itemMimeType)).split('\n').front().toInt());
    } else if (data->hasFormat(rowMimeType)) {
        const int from = data->data(rowMimeType).toInt();
        emit moveAsked(from, from < before ? before - 1 : before);
    }
    // The page changes the history itself; the view must not remove the dragged row.
    return false;
}

HistoryList::HistoryList(Theme& theme, HistoryModel* model, QWidget* parent)
    : QListView(parent)
    , m_history(model)
{
    setObjectName(QStringLiteral("userHistory"));
    setAccessibleName(tr("History, newest first"));
    setModel(model);
    setItemDelegate(new HistoryDelegate(theme, this));
    setUniformItemSizes(true);
    setFrameShape(QFrame::NoFrame);
    setDragEnabled(true);
    setAcceptDrops(true);
    setDropIndicatorShown(true);
    setDefaultDropAction(Qt::MoveAction);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    connect(&theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
    connect(model, &HistoryModel::moveAsked, this, &HistoryList::moveAsked);
}

int HistoryList::currentPosition() const
{
    return currentIndex().isValid() ? m_history->positionOf(currentIndex().row()) : -1;
}

void HistoryList::setCurrentPosition(int position)
{
    setCurrentIndex(m_history->index(m_history->rowOf(position)));
}

void HistoryList::keyPressEvent(QKeyEvent* event)
{
    const int position = currentPosition();
    if (event->key() == Qt::Key_Delete && position >= 0) {
        emit removeAsked(position);
    } else if (event->key() == Qt::Key_I && event->modifiers() == Qt::ControlModifier) {
        emit insertFocusAsked();
    } else if (event->modifiers() & Qt::AltModifier && event->key() == Qt::Key_Up && position >= 0) {
        emit moveAsked(position, position + 1);
    } else if (event->modifiers() & Qt::AltModifier && event->key() == Qt::Key_Down && position >= 0) {
        emit moveAsked(position, position - 1);
    } else {
        QListView::keyPressEvent(event);
    }
}

} // namespace recoscope
