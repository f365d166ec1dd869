// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/answer_pane.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/elided_label.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int mostLists = 3;
constexpr int oneLineWidth = 640; // under it the choices stand below the title
constexpr std::size_t mostCategories = 200;
const QString categoriesKey = QStringLiteral("user-categories");

} // namespace

AnswerPane::AnswerPane(WorkbenchContext& context, ItemWordsOf words, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_hint(new ElidedLabel("secondary"))
    , m_third(new QComboBox)
    , m_category(new QComboBox)
    , m_count(new QComboBox)
{
    setAccessibleName(tr("Recommendations"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    auto* title = new QHBoxLayout;
    title->addWidget(makeLabel(tr("Recommendations"), "panel"));
    m_hint->setText(tr("seen items hidden"));
    title->addWidget(m_hint, 1);
    setNames(m_category, QStringLiteral("userCategory"), tr("Category of the listed items"));
    m_category->addItem(tr("All categories"), QString());
    setNames(m_third, QStringLiteral("userThirdRun"), tr("Third run"));
    setNames(m_count, QStringLiteral("userListLength"), tr("Length of the lists"));
    for (const int count : {10, 20, 50})
        m_count->addItem(tr("Top %1").arg(count), count);
    for (QComboBox* box : {m_category, m_third}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(11);
    }
    auto* choices = new QHBoxLayout;
    for (QComboBox* box : {m_category, m_third, m_count})
        choices->addWidget(box);
    m_head = new QBoxLayout(QBoxLayout::LeftToRight);
    m_head->addLayout(title, 1);
    m_head->addLayout(choices);
    column->addLayout(m_head);
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    for (int index = 0; index < mostLists; ++index) {
        m_lists.push_back(new AnswerList(context.theme, words, index));
        row->addWidget(m_lists.back(), 1);
        connect(m_lists.back(), &AnswerList::rowChosen, this, [this, index](int chosen) { pick(index, chosen); });
    }
    column->addLayout(row, 1);
    for (QComboBox* box : {m_category, m_third, m_count})
        connect(box, &QComboBox::activated, this, &AnswerPane::asked);
    setColumns({});
}

void AnswerPane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const bool oneLine = width() >= m_context.theme.scaled(oneLineWidth);
    m_head->setDirection(oneLine ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

void AnswerPane::setHint(const QString& hint)
{
    m_hint->setText(hint);
}

int AnswerPane::count() const
{
    return m_count->currentData().toInt();
}

std::string AnswerPane::category() const
{
    return m_category->currentData().toString().toStdString();
}

QString AnswerPane::thirdRun() const
{
    return m_third->currentData().toString();
}

void AnswerPane::setThirdRunShown(bool shown)
{
    m_third->setVisible(shown);
}

void AnswerPane::fillThirdRun()
{
    const QString kept = thirdRun();
    m_third->clear();
    m_third->addItem(tr("Run C: none"), QString());
    const Selection& selection = m_context.selection;
    for (const RunRecord& run : m_context.library.runs()) {
        const QString id = QString::fromStdString(run.id);
        if (run.status == RunStatus::Finished && run.dataset == selection.dataset().toStdString()
            && id != selection.runA() && id != selection.runB())
            m_third->addItem(tr("Run C: %1").arg(QString::fromStdString(run.name)), id);
    }
    m_third->setCurrentIndex(std::max(0, m_third->findData(kept)));
}

void AnswerPane::fillCategories()
{
    const auto dataset = m_context.library.dataset();
    if (!dataset)
        return;
    m_context.jobs.run(
        {JobLane::Inspect, tr("Read categories"), categoriesKey}, this,
        [dataset](Progress&) { return commonCategories(*dataset, mostCategories); },
        [this](const std::vector<std::string>& names) {
            const QString kept = m_category->currentData().toString();
            m_category->clear();
            m_category->addItem(tr("All categories"), QString());
            for (const std::string& name : names)
                m_category->addItem(QString::fromStdString(name), QString::fromStdString(name));
            m_category->setCurrentIndex(std::max(0, m_category->findData(kept)));
            m_category->setEnabled(!names.empty());
        });
}

std::vector<bool> AnswerPane::alone(const std::vector<Column>& columns, std::size_t column)
{
    std::vector<bool> result;
    for (const RankedItem& item : columns[column].answer.items) {
        bool shared = false;
        for (std::size_t other = 0; other < columns.size(); ++other) {
            const auto& items = columns[other].answer.items;
            shared = shared || (other != column && std::any_of(items.begin(), items.end(), [&](const RankedItem& i) {
                return i.dataset == item.dataset;
            }));
        }
        result.push_back(!shared);
    }
    return result;
}

void AnswerPane::setColumns(std::vector<Column> columns)
{
    m_columns = std::move(columns);
    m_first = m_second = -1;
    for (std::size_t i = 0; i < m_lists.size(); ++i) {
        m_lists[i]->setVisible(i < m_columns.size());
        if (i >= m_columns.size())
            continue;
        const Column& column = m_columns[i];
        m_lists[i]->setHeading(column.heading, column.slot);
        m_lists[i]->setAnswer(column.answer, alone(m_columns, i), column.onlyHere, column.target);
    }
}

void AnswerPane::clearPick()
{
    for (AnswerList* list : m_lists)
        list->setPicked(-1, -1);
    m_first = m_second = -1;
}

void AnswerPane::pick(int list, int row)
{
    if (list != m_pickedList || (m_first >= 0 && m_second >= 0)) {
        clearPick();
        m_pickedList = list;
    }
    if (m_first < 0 || m_first == row)
        m_first = row;
    else
        m_second = row;
    if (m_second >= 0 && m_second < m_first)
        std::swap(m_first, m_second);
    m_lists[static_cast<std::size_t>(list)]->setPicked(m_first, m_second);
    emit rowChosen(list, row);
    if (m_second >= 0)
        emit pairChosen(list, m_first, m_second);
}

} // namespace recoscope
