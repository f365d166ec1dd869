// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/item_card.h"

#include <QFormLayout>
#include <QLabel>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "engine/data/dataset.h"
#include "widgets/core/formatting.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int narrowestCard = 240;
constexpr std::size_t listedMeetings = 6;

QLabel* wrapped(const char* role, const QString& name, const QString& spoken)
{
    QLabel* label = makeLabel({}, role);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    setNames(label, name, spoken);
    return label;
}

} // namespace

ItemCard::ItemCard(WorkbenchContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_stack(new QStackedWidget)
    , m_title(wrapped("panel", QStringLiteral("itemCardTitle"), tr("Title")))
    , m_categories(wrapped("secondary", QStringLiteral("itemCardCategories"), tr("Categories")))
    , m_description(wrapped("", QStringLiteral("itemCardDescription"), tr("Description")))
    , m_facts(new QFormLayout)
{
    setNames(this, QStringLiteral("itemCard"), tr("Item card"));
    setMinimumWidth(narrowestCard);
    auto* card = new QWidget;
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    m_facts->setHorizontalSpacing(16);
    m_facts->setVerticalSpacing(6);
    column->addWidget(m_title);
    column->addWidget(m_categories);
    column->addLayout(m_facts);
    column->addWidget(m_description);
    column->addStretch(1);
    auto* scroll = new QScrollArea;
    setNames(scroll, QStringLiteral("itemCardScroll"), tr("Item card"));
    scroll->setWidgetResizable(true);
    scroll->setWidget(card);
    m_stack->addWidget(
        new EmptyState(context.theme, QStringLiteral("tag"), tr("Choose an item: in the bar above or in any list.")));
    m_stack->addWidget(scroll);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(m_stack);
    connect(&context.selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & (SelectionFields(SelectionField::Item) | SelectionField::User | SelectionField::Dataset))
            load();
    });
    connect(&context.library, &Library::datasetOpened, this, &ItemCard::load);
}

void ItemCard::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    load();
}

void ItemCard::load()
{
    if (!isVisible())
        return;
    const auto dataset = m_context.library.dataset();
    const int item = m_context.selection.item();
    if (!dataset || item < 0 || item >= m_context.library.items()) {
        m_stack->setCurrentIndex(0);
        return;
    }
    m_context.jobs.run(
        {JobLane::Inspect, {}, QStringLiteral("item-card")}, this,
        [dataset, item, user = m_context.selection.user()](Progress&) { return readFacts(*dataset, item, user); },
        [this](const Facts& facts) { show(facts); });
}

ItemCard::Facts ItemCard::readFacts(const Dataset& dataset, int item, int user)
{
    Facts facts;
    facts.item = dataset.catalogue().item(ItemIndex{item});
    const InteractionView& events = dataset.interactions();
    std::vector<std::int64_t> counts(static_cast<std::size_t>(dataset.info().items), 0);
    for (const std::int32_t each : events.items)
        ++counts[static_cast<std::size_t>(each)];
    facts.events = counts[static_cast<std::size_t>(item)];
    facts.place = 1 + std::count_if(counts.begin(), counts.end(), [&](std::int64_t n) { return n > facts.events; });
    if (user < 0 || user >= dataset.info().users)
        return facts;
    const std::int64_t first = events.offsets[static_cast<std::size_t>(user)];
    const std::int64_t end = events.offsets[static_cast<std::size_t>(user) + 1];
    facts.historyLength = end - first;
    for (std::int64_t i = first; i < end; ++i) {
        if (events.items[static_cast<std::size_t>(i)] == item)
            facts.meetings.push_back(i - first + 1);
    }
    return facts;
}

void ItemCard::addFact(const QString& name, const QString& value)
{
    QLabel* label = makeLabel(value);
    label->setWordWrap(true);
    label->setAccessibleName(QStringLiteral("%1: %2").arg(name, value));
    m_facts->addRow(makeLabel(name, "secondary"), label);
}

void ItemCard::show(const Facts& facts)
{
    m_stack->setCurrentIndex(1);
    m_title->setText(QString::fromStdString(facts.item.display()));
    QStringList categories;
    for (const std::string& category : facts.item.categories)
        categories.push_back(QString::fromStdString(category));
    m_categories->setText(categories.join(QStringLiteral(" · ")));
    m_categories->setVisible(!categories.isEmpty());
    m_description->setText(QString::fromStdString(facts.item.description));
    m_description->setVisible(!facts.item.description.empty());
    while (m_facts->rowCount() > 0)
        m_facts->removeRow(0);
    addFact(tr("Raw id"), QString::fromStdString(facts.item.raw));
    if (!facts.item.brand.empty())
        addFact(tr("Brand"), QString::fromStdString(facts.item.brand));
    if (facts.item.price)
        addFact(tr("Price"), format::number(*facts.item.price, 2));
    addFact(tr("Events"),
        tr("%1, place %2 of %3")
            .arg(format::count(facts.events), format::count(facts.place), format::count(m_context.library.items())));
    if (facts.historyLength == 0)
        return;
    QStringList meetings;
    for (std::size_t i = 0; i < std::min(facts.meetings.size(), listedMeetings); ++i)
        meetings.push_back(format::count(facts.meetings[i]));
    if (facts.meetings.size() > listedMeetings)
        meetings.push_back(QStringLiteral("…"));
    addFact(tr("In the history"),
        meetings.isEmpty()
            ? tr("not among the %1 events").arg(format::count(facts.historyLength))
            : tr("event %1 of %2").arg(meetings.join(QStringLiteral(", ")), format::count(facts.historyLength)));
}

} // namespace recoscope
