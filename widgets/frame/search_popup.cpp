// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/search_popup.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QPointer>
#include <QVBoxLayout>

#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/run_shapes.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int shownChoices = 200;
constexpr int popupWidth = 340;
constexpr int popupHeight = 340;

} // namespace

std::vector<Choice> matching(const std::vector<Choice>& all, const QString& text, int limit)
{
    std::vector<Choice> first;
    std::vector<Choice> later;
    for (const Choice& choice : all) {
        const qsizetype at = choice.text.indexOf(text, 0, Qt::CaseInsensitive);
        if (at == 0)
            first.push_back(choice);
        else if (at > 0 || choice.detail.contains(text, Qt::CaseInsensitive))
            later.push_back(choice);
    }
    first.insert(first.end(), later.begin(), later.end());
    if (static_cast<int>(first.size()) > limit)
        first.resize(static_cast<std::size_t>(limit));
    return first;
}

SearchPopup::SearchPopup(Theme& theme, const QString& prompt, Provider provider, Chosen chosen, QWidget* parent)
    : QFrame(parent, Qt::Popup)
    , m_theme(theme)
    , m_provider(std::move(provider))
    , m_chosen(std::move(chosen))
    , m_text(new QLineEdit)
    , m_list(new QListWidget)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setProperty("panel", true);
    setObjectName(QStringLiteral("searchPopup"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(6);
    setNames(m_text, QStringLiteral("searchText"), prompt);
    m_text->setPlaceholderText(prompt);
    setNames(m_list, QStringLiteral("searchList"), prompt);
    m_list->setUniformItemSizes(true);
    m_list->setFocusPolicy(Qt::NoFocus);
    column->addWidget(m_text);
    column->addWidget(m_list, 1);
    m_text->installEventFilter(this);
    connect(m_text, &QLineEdit::textChanged, this, &SearchPopup::refill);
    connect(m_text, &QLineEdit::returnPressed, this, [this] { choose(m_list->currentRow()); });
    connect(m_list, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) { choose(m_list->row(item)); });
    resize(theme.scaled(popupWidth), theme.scaled(popupHeight));
    refill();
}

void SearchPopup::openBelow(QWidget* anchor)
{
    resize(std::max(anchor->width(), width()), height());
    move(anchor->mapToGlobal(QPoint(0, anchor->height() + 2)));
    show();
    m_text->setFocus(Qt::PopupFocusReason);
}

void SearchPopup::openCentred(QWidget* window)
{
    resize(m_theme.scaled(560), m_theme.scaled(380));
    move(window->mapToGlobal(QPoint((window->width() - width()) / 2, window->height() / 6)));
    show();
    m_text->setFocus(Qt::PopupFocusReason);
}

void SearchPopup::refill()
{
    m_provider(m_text->text(), shownChoices, [popup = QPointer(this), asked = ++m_asked](std::vector<Choice> choices) {
        if (popup && popup->m_asked == asked)
            popup->fill(std::move(choices));
    });
}

void SearchPopup::fill(std::vector<Choice> choices)
{
    m_choices = std::move(choices);
    m_list->clear();
    for (const Choice& choice : m_choices) {
        const QString text
            = choice.detail.isEmpty() ? choice.text : QStringLiteral("%1   %2").arg(choice.text, choice.detail);
        auto* item = new QListWidgetItem(text, m_list);
        item->setSizeHint(QSize(0, m_theme.scaled(26)));
        if (choice.slot >= 0)
            item->setIcon(QIcon(runShapePixmap(choice.slot, m_theme.palette(), 14, devicePixelRatioF())));
        else if (!choice.icon.isEmpty())
            item->setIcon(m_theme.icon(choice.icon));
    }
    if (m_list->count() > 0)
        m_list->setCurrentRow(0);
    else
        (new QListWidgetItem(tr("Nothing found"), m_list))->setFlags(Qt::NoItemFlags);
}

void SearchPopup::choose(int row)
{
    if (row < 0 || row >= static_cast<int>(m_choices.size()))
        return;
    const Choice choice = m_choices[static_cast<std::size_t>(row)];
    const Chosen chosen = m_chosen;
    close();
    chosen(choice);
}

bool SearchPopup::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        const int step = key == Qt::Key_Down ? 1 : key == Qt::Key_Up ? -1 : key == Qt::Key_PageDown ? 10 : 0;
        if (step != 0) {
            m_list->setCurrentRow(std::clamp(m_list->currentRow() + step, 0, std::max(0, m_list->count() - 1)));
            return true;
        }
    }
    return QFrame::eventFilter(watched, event);
}

} // namespace recoscope
