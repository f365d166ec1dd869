// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/split_page.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/data/protocol_form.h"
#include "widgets/views/data/split_bars.h"

namespace recoscope {

namespace {

constexpr int formWidth = 340;
constexpr int exampleRows = 7;

} // namespace

SplitPage::SplitPage(Theme& theme, QWidget* parent)
    : Panel(theme, tr("Filter and split"), QStringLiteral("split"), parent)
    , m_left(new QVBoxLayout)
{
    setEnlargeable(false);
    setSubtitle(tr("a preview: nothing is changed on disk"));
    auto* body = new QWidget(this);
    auto* row = new QHBoxLayout(body);
    row->setContentsMargins(0, 4, 0, 0);
    row->setSpacing(32);
    m_left->addStretch(1);
    row->addLayout(m_left);
    auto* area = new QScrollArea;
    setNames(area, QStringLiteral("splitPreview"), tr("Preview of the split"));
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setWidget(makePreview(theme));
    row->addWidget(area, 1);
    setContent(body);
}

void SplitPage::addForm(Theme& theme)
{
    m_form = new ProtocolForm(QStringLiteral("dataProtocol"), m_left->parentWidget());
    theme.keepWidth(m_form, formWidth);
    m_left->insertWidget(0, m_form);
}

QWidget* SplitPage::makePreview(Theme& theme)
{
    auto* preview = new QWidget;
    preview->setProperty("transparentArea", true);
    auto* column = new QVBoxLayout(preview);
    column->setContentsMargins(0, 0, 8, 0);
    column->setSpacing(12);
    m_numbers = new QGridLayout;
    m_numbers->setHorizontalSpacing(28);
    m_numbers->setVerticalSpacing(6);
    m_numbers->addWidget(makeLabel(tr("before"), "caption"), 0, 1, Qt::AlignRight);
    m_numbers->addWidget(makeLabel(tr("after the filter"), "caption"), 0, 2, Qt::AlignRight);
    for (const QString& name : {tr("Users"), tr("Items"), tr("Events")}) {
        const int line = static_cast<int>(m_rows.size()) + 1;
        QLabel* before = makeLabel(format::missing());
        QLabel* after = makeLabel(format::missing(), "strong");
        m_numbers->addWidget(makeLabel(name), line, 0);
        m_numbers->addWidget(before, line, 1, Qt::AlignRight);
        m_numbers->addWidget(after, line, 2, Qt::AlignRight);
        m_rows.emplace_back(before, after);
    }
    m_numbers->setColumnStretch(3, 1);
    column->addLayout(m_numbers);
    m_parts = makeLabel({}, "secondary");
    setNames(m_parts, QStringLiteral("splitParts"), tr("Events and users of the parts"));
    m_parts->setWordWrap(true);
    column->addWidget(m_parts);
    column->addWidget(makeLabel(tr("Users from short to long histories"), "strong"));
    m_bars = new SplitBars(theme, QStringLiteral("splitBars"), exampleRows);
    m_bars->setMaximumWidth(theme.scaled(640));
    column->addWidget(m_bars);
    m_protocol = makeLabel({}, "caption");
    m_protocol->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_protocol->setWordWrap(true);
    column->addWidget(m_protocol);
    column->addStretch(1);
    return preview;
}

void SplitPage::setRow(int row, const QString& before, const QString& after)
{
    m_rows[static_cast<std::size_t>(row)].first->setText(before);
    m_rows[static_cast<std::size_t>(row)].second->setText(after);
}

void SplitPage::clear()
{
    for (int row = 0; row < static_cast<int>(m_rows.size()); ++row)
        setRow(row, format::missing(), format::missing());
    m_parts->clear();
    m_protocol->clear();
    m_bars->setSplit({});
}

void SplitPage::setSplit(const DatasetInfo& before, const SplitSummary& split)
{
    setRow(0, format::count(before.users), format::count(split.users));
    setRow(1, format::count(before.items), format::count(split.items));
    setRow(2, format::count(before.interactions), format::count(split.events));
    QStringList parts{format::plural(split.trainEvents, tr("%1 training event"), tr("%1 training events")),
        format::plural(split.validUsers, tr("%1 user validated"), tr("%1 users validated")),
        format::plural(split.testUsers, tr("%1 user tested"), tr("%1 users tested"))};
    if (split.unusedEvents > 0)
        parts << format::plural(split.unusedEvents, tr("%1 event in no part"), tr("%1 events in no part"));
    m_parts->setText(parts.join(QStringLiteral(" · ")));
    m_bars->setSplit(split);
    m_protocol->setText(tr("%1\nprotocol %2").arg(split.protocol, split.hash));
}

} // namespace recoscope
