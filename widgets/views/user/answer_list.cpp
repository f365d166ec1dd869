// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/answer_list.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QMimeData>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

enum Pick { NotPicked, FirstPick, SecondPick };

class AnswerDelegate : public QStyledItemDelegate {
public:
    AnswerDelegate(Theme& theme, QObject* parent)
        : QStyledItemDelegate(parent)
        , m_theme(theme)
    {
    }

    QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override { return {180, m_theme.scaled(46)}; }

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override
    {
        const Palette& palette = m_theme.palette();
        painter->save();
        const int pick = index.data(AnswerModel::PickRole).toInt();
        painter->fillRect(option.rect,
            pick == FirstPick        ? palette.focusSoft
                : pick == SecondPick ? palette.accentSoft
                                     : palette.surface);
        painter->setPen(palette.grid);
        painter->drawLine(option.rect.bottomLeft(), option.rect.bottomRight());
        if (option.state & QStyle::State_HasFocus) {
            painter->setPen(palette.accent);
            painter->drawRect(option.rect.adjusted(0, 0, -1, -1));
        }
        const QRect row = option.rect.adjusted(4, 0, -10, -1);
        painter->setPen(palette.text2);
        painter->setFont(m_theme.numberFont(TextRole::BodyStrong));
        painter->drawText(QRect(row.left(), row.top(), 32, row.height()), Qt::AlignCenter,
            index.data(AnswerModel::RankRole).toString());
        const int numbers = m_theme.scaled(64);
        QRect words(row.left() + 36, row.top(), row.width() - 36 - numbers, row.height());
        const bool target = index.data(AnswerModel::TargetRole).toBool();
        if (target) {
            painter->drawPixmap(words.left(), words.center().y() - 7,
                iconPixmap(QStringLiteral("target"), palette.focusMark, 15, painter->device()->devicePixelRatioF()));
            words.setLeft(words.left() + 21);
        }
        paintLines(*painter, words, index, target, palette);
        paintNumbers(*painter, QRect(row.right() - numbers, row.top(), numbers, row.height()), index, palette);
        painter->restore();
    }

private:
    void paintLines(
        QPainter& painter, const QRect& area, const QModelIndex& index, bool target, const Palette& palette) const
    {
        const int half = area.height() / 2;
        const QString detail = index.data(AnswerModel::DetailRole).toString();
        painter.setPen(palette.text);
        painter.setFont(m_theme.font(target ? TextRole::BodyStrong : TextRole::Body));
        painter.drawText(detail.isEmpty() ? area : QRect(area.left(), area.top() + 2, area.width(), half),
            Qt::AlignLeft | (detail.isEmpty() ? Qt::AlignVCenter : Qt::AlignBottom),
            painter.fontMetrics().elidedText(
                index.data(AnswerModel::TitleRole).toString(), Qt::ElideRight, area.width()));
        painter.setPen(palette.text2);
        painter.setFont(m_theme.font(TextRole::Caption));
        painter.drawText(QRect(area.left(), area.top() + half + 1, area.width(), half), Qt::AlignLeft | Qt::AlignTop,
            painter.fontMetrics().elidedText(detail, Qt::ElideRight, area.width()));
    }

    void paintNumbers(QPainter& painter, const QRect& area, const QModelIndex& index, const Palette& palette) const
    {
        const int half = area.height() / 2;
        const QString move = index.data(AnswerModel::MoveRole).toString();
        const int sign = index.data(AnswerModel::MoveSignRole).toInt();
        painter.setPen(sign > 0 ? palette.good.line : sign < 0 ? palette.bad.line : palette.text2);
        painter.setFont(m_theme.numberFont(TextRole::BodyStrong));
        painter.drawText(
            QRect(area.left(), area.top() + 2, area.width(), half), Qt::AlignRight | Qt::AlignBottom, move);
        painter.setPen(palette.text2);
        painter.setFont(m_theme.numberFont(move.isEmpty() ? TextRole::Secondary : TextRole::Caption));
        painter.drawText(move.isEmpty() ? area : QRect(area.left(), area.top() + half + 1, area.width(), half),
            Qt::AlignRight | (move.isEmpty() ? Qt::AlignVCenter : Qt::AlignTop),
            index.data(AnswerModel::ScoreRole).toString());
    }

    Theme& m_theme;
};

} // namespace

// The run's shape in its colour, as a label.
class AnswerList::SlotGlyph : public QWidget {
public:
    SlotGlyph(Theme& theme, int slot, QWidget* parent = nullptr)
        : QWidget(parent)
        , m_theme(theme)
        , m_slot(slot)
    {
        setFixedSize(14, 14);
    }
    void setSlot(int slot)
    {
        m_slot = slot;
        update();
    }

protected:
    void paintEvent(QPaintEvent*) override
    {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        drawRunShape(painter, m_slot, QRectF(rect()).center(), 10, m_theme.palette().run(m_slot).mark);
    }

private:
    Theme& m_theme;
    int m_slot;
};

AnswerModel::AnswerModel(ItemWordsOf words, QObject* parent)
    : QAbstractListModel(parent)
    , m_words(std::move(words))
{
}

void AnswerModel::setAnswer(
    std::vector<RankedItem> items, bool edited, std::vector<bool> alone, const QString& onlyHere)
{
    beginResetModel();
    m_items = std::move(items);
    m_alone = std::move(alone);
    m_onlyHere = onlyHere;
    m_edited = edited;
    m_first = m_second = -1;
    endResetModel();
}

void AnswerModel::setPicked(int first, int second)
{
    m_first = first;
    m_second = second;
    if (!m_items.empty())
        emit dataChanged(index(0), index(rowCount() - 1), {PickRole});
}

int AnswerModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_items.size());
}

QString AnswerModel::moveText(int row) const
{
    if (!m_edited)
        return {};
    const RankedItem& item = m_items[static_cast<std::size_t>(row)];
    if (item.before == 0)
        return tr("new");
    const int moved = item.before - item.rank;
    if (moved == 0)
        return QStringLiteral("=");
    return QStringLiteral("%1 %2").arg(moved > 0 ? QChar(0x25B2) : QChar(0x25BC)).arg(std::abs(moved));
}

QVariant AnswerModel::data(const QModelIndex& index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const int row = index.row();
    const RankedItem& item = m_items[static_cast<std::size_t>(row)];
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
    case TitleRole: return m_words(item.dataset).title;
    case DetailRole: {
        QStringList parts;
        if (item.target)
            parts << tr("held-out target");
        if (const QString category = m_words(item.dataset).category; !category.isEmpty())
            parts << category;
        if (m_alone[static_cast<std::size_t>(row)] && !m_onlyHere.isEmpty())
            parts << m_onlyHere;
        return parts.join(QStringLiteral(" · "));
    }
    case MoveRole: return moveText(row);
    case MoveSignRole: return m_edited && item.before > 0 ? item.before - item.rank : 0;
    case RankRole: return item.rank;
    case ScoreRole: return format::number(item.score, 3);
    case TargetRole: return item.target;
    case PickRole: return row == m_first ? FirstPick : row == m_second ? SecondPick : NotPicked;
    case Qt::AccessibleTextRole:
        return tr("%1: %2, score %3").arg(item.rank).arg(m_words(item.dataset).title, format::number(item.score, 3));
    default: return {};
    }
}

Qt::ItemFlags AnswerModel::flags(const QModelIndex& index) const
{
    const Qt::ItemFlags base = QAbstractListModel::flags(index);
    return index.isValid() ? base | Qt::ItemIsDragEnabled : base;
}

QStringList AnswerModel::mimeTypes() const
{
    return {QString::fromLatin1(itemMimeType)};
}

QMimeData* AnswerModel::mimeData(const QModelIndexList& indexes) const
{
    QByteArrayList items;
    for (const QModelIndex& index : indexes)
        items.push_back(QByteArray::number(m_items[static_cast<std::size_t>(index.row())].dataset));
    auto* mime = new QMimeData;
    mime->setData(QString::fromLatin1(itemMimeType), items.join('\n'));
    return mime;
}

AnswerList::AnswerList(Theme& theme, ItemWordsOf words, int slot, QWidget* parent)
    : QFrame(parent)
    , m_glyph(new SlotGlyph(theme, slot))
    , m_model(new AnswerModel(words, this))
    , m_view(new QListView)
    , m_title(makeLabel({}, "strong"))
    , m_time(makeLabel({}, "secondary"))
    , m_problem(makeLabel({}, "secondary"))
    , m_foot(makeLabel({}, ""))
    , m_footRank(makeLabel({}, "strong"))
    , m_words(std::move(words))
{
    setAccessibleName(tr("Recommendations of run %1").arg(QChar(u'A' + slot)));
    setProperty("panel", true);
    const QString stem = QStringLiteral("userList%1").arg(QChar(u'A' + slot));
    setObjectName(stem);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(1, 1, 1, 1);
    column->setSpacing(0);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(12, 9, 12, 9);
    head->setSpacing(8);
    head->addWidget(m_glyph);
    m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    head->addWidget(m_title, 1);
    head->addWidget(m_time);
    column->addLayout(head);
    column->addWidget(makeSeparator());
    m_problem->setWordWrap(true);
    m_problem->setContentsMargins(12, 12, 12, 12);
    m_problem->hide();
    column->addWidget(m_problem);
    setNames(m_view, stem + QStringLiteral("View"), tr("Recommendations of run %1").arg(QChar(u'A' + slot)));
    m_view->setModel(m_model);
    m_view->setItemDelegate(new AnswerDelegate(theme, m_view));
    m_view->setUniformItemSizes(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setDragEnabled(true);
    m_view->setMouseTracking(true);
    column->addWidget(m_view, 1);
    column->addWidget(makeSeparator());
    auto* foot = new QHBoxLayout;
    foot->setContentsMargins(12, 8, 12, 8);
    m_foot->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    foot->addWidget(m_foot, 1);
    foot->addWidget(m_footRank);
    column->addLayout(foot);
    connect(m_view, &QListView::clicked, this, [this](const QModelIndex& index) { emit rowChosen(index.row()); });
    connect(m_view, &QListView::activated, this, [this](const QModelIndex& index) { emit rowChosen(index.row()); });
}

void AnswerList::setHeading(const QString& heading, int slot)
{
    m_heading = heading;
    m_title->setToolTip(heading);
    m_glyph->setSlot(slot);
    elideHeading();
}

// A heading that does not fit ends in dots instead of being cut in a letter.
void AnswerList::elideHeading()
{
    m_title->setText(m_title->fontMetrics().elidedText(m_heading, Qt::ElideMiddle, std::max(24, m_title->width())));
}

void AnswerList::resizeEvent(QResizeEvent* event)
{
    QFrame::resizeEvent(event);
    layout()->activate();
    elideHeading();
    elideFoot();
}

void AnswerList::elideFoot()
{
    m_foot->setText(m_foot->fontMetrics().elidedText(m_footText, Qt::ElideRight, std::max(24, m_foot->width())));
}

void AnswerList::setAnswer(
    const UserAnswer& answer, std::vector<bool> alone, const QString& onlyHere, const QString& targetTitle)
{
    m_problem->setText(answer.problem);
    m_problem->setVisible(!answer.problem.isEmpty());
    m_view->setVisible(answer.problem.isEmpty());
    m_model->setAnswer(answer.items, answer.edited, std::move(alone), onlyHere);
    m_time->setText(answer.problem.isEmpty()
            ? tr("%1 ms").arg(format::number(answer.milliseconds, answer.milliseconds < 1 ? 2 : 1))
            : QString());
    QString foot = targetTitle.isEmpty() ? QString() : tr("Held-out  %1").arg(targetTitle);
    if (answer.history.unknown > 0)
        foot = tr("%n event(s) unknown to this run", nullptr, answer.history.unknown);
    m_footText = foot;
    m_foot->setToolTip(foot);
    QString rank;
    if (answer.targetRank)
        rank = answer.targetRankBefore
            ? tr("rank %1 → %2").arg(format::number(*answer.targetRankBefore, 0), format::number(*answer.targetRank, 0))
            : tr("rank %1").arg(format::count(static_cast<qint64>(*answer.targetRank)));
    m_footRank->setText(rank);
    layout()->activate();
    elideHeading();
    elideFoot();
}

void AnswerList::setPicked(int first, int second)
{
    m_model->setPicked(first, second);
}

QString AnswerList::csv() const
{
    QString text = QStringLiteral("rank,title,score,rank_before_edit,held_out\n");
    for (const RankedItem& item : m_model->items())
        text += QStringLiteral("%1,%2,%3,%4,%5\n")
                    .arg(item.rank)
                    .arg(csvField(m_words(item.dataset).title), format::exact(item.score))
                    .arg(item.before)
                    .arg(item.target ? 1 : 0);
    return text;
}

} // namespace recoscope
