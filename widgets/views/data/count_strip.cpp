// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/count_strip.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

namespace {

constexpr int wideSpacing = 40;
constexpr int narrowSpacing = 22;

} // namespace

CountStrip::CountStrip(QWidget* parent)
    : QFrame(parent)
{
    setAccessibleName(tr("Size of the dataset"));
    setProperty("panel", true);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 8, 16, 8);
    row->setSpacing(wideSpacing);
    for (const QString& name : {tr("Users"), tr("Items"), tr("Interactions"), tr("Median length"), tr("Density"),
             tr("Repeats"), tr("Time span")}) {
        auto* box = new QWidget;
        auto* column = new QVBoxLayout(box);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(0);
        QLabel* figure = makeLabel(format::missing(), "figure");
        QLabel* note = makeLabel({}, "caption");
        column->addWidget(makeLabel(name, "caption"));
        column->addWidget(figure);
        column->addWidget(note);
        row->addWidget(box);
        m_cells.push_back({box, figure, note});
    }
    row->addStretch(1);
}

void CountStrip::setNarrow(bool narrow)
{
    layout()->setSpacing(narrow ? narrowSpacing : wideSpacing);
}

void CountStrip::set(Place place, const QString& figure, const QString& note)
{
    m_cells[place].figure->setText(figure);
    setNote(place, note);
}

void CountStrip::setNote(Place place, const QString& note)
{
    m_cells[place].note->setText(note);
    m_cells[place].box->setToolTip(note);
}

void CountStrip::clear()
{
    for (int place = 0; place < Places; ++place)
        set(static_cast<Place>(place), format::missing());
}

void CountStrip::showDataset(const DatasetInfo& info)
{
    clear();
    set(Users, format::count(info.users));
    set(Items, format::count(info.items));
    const qint64 dropped = info.report.rowsRead - info.report.rowsKept;
    set(Interactions, format::count(info.interactions),
        dropped > 0 ? format::plural(dropped, tr("%1 row dropped"), tr("%1 rows dropped")) : tr("all rows kept"));
}

void CountStrip::showStatistics(const DatasetStatistics& s)
{
    set(Length, format::number(s.medianLength, 0),
        tr("mean %1 · max %2").arg(format::number(s.meanLength, 1), format::count(s.maxLength)));
    set(Density, format::share(s.density, 2), tr("of all pairs"));
    set(Repeats, format::share(s.repeatShare, 1), tr("item seen before"));
    if (s.lastTime > 0)
        set(Span, tr("%1 d").arg(format::count((s.lastTime - s.firstTime) / 86400)),
            QStringLiteral("%1 … %2").arg(format::date(s.firstTime), format::date(s.lastTime)));
    else
        set(Span, format::missing(), tr("order only, no times"));
}

void CountStrip::showSplit(const SplitSummary& split)
{
    setNote(Users, tr("%1 after the filter").arg(format::count(split.users)));
    setNote(Items, tr("%1 after the filter").arg(format::count(split.items)));
}

} // namespace recoscope
