// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/user/why_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/chip_label.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/row_bars.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int curveSteps = 12;
constexpr std::uint64_t curveSeed = 7;
const QString whyKey = QStringLiteral("user-why");

} // namespace

WhyPanel::WhyPanel(WorkbenchContext& context, TitleOf titleOf, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_titleOf(std::move(titleOf))
{
    setAccessibleName(tr("Why this item"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(makeWhy(), 5);
    column->addWidget(makeCurve(), 3);
    clear();
}

QWidget* WhyPanel::makeWhy()
{
    Theme& theme = m_context.theme;
    m_whyPanel = new Panel(theme, tr("Why one above another"), QStringLiteral("userWhy"));
    auto* body = new QWidget;
    auto* inner = new QVBoxLayout(body);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(6);
    m_hint = makeLabel(tr("Click two rows of one list to see why the first stands above the second."), "secondary");
    m_hint->setWordWrap(true);
    m_hint->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    inner->addWidget(m_hint);
    m_first = makeLabel({}, "strong");
    m_second = makeLabel({}, "strong");
    for (QLabel* label : {m_first, m_second}) {
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        inner->addWidget(label);
    }
    m_bars = new RowBars(theme, QStringLiteral("userWhyBars"), RowBars::Style::Signed);
    m_bars->setValueName(QStringLiteral("score_difference"));
    m_bars->setExportHeader({tr("Why one above another"), {}, {}});
    inner->addWidget(m_bars, 1);
    auto* foot = new QHBoxLayout;
    m_residual = new ChipLabel(theme);
    m_residual->setToolTip(tr("|residual| as a share of all terms and the residual"));
    m_residualText = makeLabel({}, "secondary");
    foot->addWidget(m_residual);
    foot->addWidget(m_residualText, 1);
    inner->addLayout(foot);
    m_whyPanel->setContent(body);
    m_whyPanel->setExportable(m_bars);
    return m_whyPanel;
}

QWidget* WhyPanel::makeCurve()
{
    Theme& theme = m_context.theme;
    m_curvePanel = new Panel(theme, tr("Deletion curve"), QStringLiteral("userCurve"));
    m_curve = new PlotView(theme, tr("Deletion curve"), QStringLiteral("userCurve"));
    m_curvePanel->setContent(m_curve);
    m_curvePanel->setExportable(m_curve);
    return m_curvePanel;
}

void WhyPanel::clear()
{
    m_context.jobs.cancelKey(whyKey);
    m_whyPanel->setLoading(false);
    m_whyPanel->setTitle(tr("Why one above another"));
    m_whyPanel->setSubtitle({});
    m_hint->show();
    m_first->hide();
    m_second->hide();
    m_bars->setRows({});
    m_bars->setTotal({}, {});
    m_bars->setSides({}, {});
    m_residual->setChip(StatusTone::Neutral, {});
    m_residualText->clear();
    m_curve->setModel({});
    // A curve without a chosen row has nothing to say.
    m_curvePanel->hide();
}

void WhyPanel::explain(const UserAnswer& answer, int slot, int first, int second)
{
    struct Why {
        PairExplanation pair;
        DeletionCurve curve;
    };
    const RankedItem top = answer.items[static_cast<std::size_t>(first)];
    const RankedItem below = answer.items[static_cast<std::size_t>(second)];
    m_whyPanel->setLoading(true, tr("leaving one event out at a time…"));
    m_context.jobs.run(
        {JobLane::Inspect, tr("Explain two rows"), whyKey}, this,
        [answer, top, below](Progress& progress) {
            const PackedView history = answer.history.history.view();
            const auto both = answer.session->explain(history, {top.prepared, below.prepared}, progress);
            return Why{explainPair(both[0], both[1]),
                deletionCurve(*answer.session, history, both[0], curveSteps, curveSeed, progress)};
        },
        [this, answer, slot, top, below](const Why& why) {
            showPair(answer, slot, top, below, why.pair);
            showCurve(why.curve, slot, top.rank);
        },
        [this](const JobFailure& failure) {
            m_whyPanel->setLoading(false);
            emit failed(tr("The rows could not be explained."), failure);
        });
}

void WhyPanel::showPair(
    const UserAnswer& answer, int slot, const RankedItem& first, const RankedItem& second, const PairExplanation& why)
{
    m_whyPanel->setLoading(false);
    m_hint->hide();
    m_whyPanel->setTitle(tr("Why %1 above %2").arg(first.rank).arg(second.rank));
    m_whyPanel->setSubtitle(tr("run %1, score terms").arg(QChar(u'A' + slot)));
    const auto name = [this](QLabel* label, const RankedItem& item) {
        const QString text = tr("%1  %2").arg(item.rank).arg(m_titleOf(item.dataset));
        label->setText(label->fontMetrics().elidedText(text, Qt::ElideRight, m_bars->width()));
        label->setToolTip(text);
        label->show();
    };
    name(m_first, first);
    name(m_second, second);
    m_bars->setSides(tr("← pulls %1 up").arg(second.rank), tr("pulls %1 up →").arg(first.rank));
    showBars(answer, why);
    m_residual->setChip(why.residualShare > 0.5 ? StatusTone::Warn : StatusTone::Neutral,
        tr("residual %1").arg(format::share(why.residualShare, 0)));
    m_residualText->setText(tr("belongs to no single event"));
}

void WhyPanel::showBars(const UserAnswer& answer, const PairExplanation& why)
{
    const PreparedData& data = answer.session->data();
    const auto& events = answer.history.history.items;
    // Contributions cover the events that the model sees, which are the last ones.
    const std::size_t skipped
        = events.size() - std::min(events.size(), static_cast<std::size_t>(answer.session->model().maxLength()));
    std::vector<RowBars::Row> rows;
    for (const PairExplanation::Term& term : why.terms) {
        const std::int32_t item = data.datasetItem(events[skipped + static_cast<std::size_t>(term.event)]);
        rows.push_back({m_titleOf(item), term.value, format::signedNumber(term.value, 3), false, false});
    }
    if (why.otherEvents > 0)
        rows.push_back({tr("%n other event(s)", nullptr, why.otherEvents), why.otherValue,
            format::signedNumber(why.otherValue, 3), false, true});
    rows.push_back({tr("Residual (interactions)"), why.residual, format::signedNumber(why.residual, 3), false, true});
    m_bars->setRows(std::move(rows));
    m_bars->setTotal(tr("Score difference"), format::signedNumber(why.difference, 3));
}

void WhyPanel::showCurve(const DeletionCurve& curve, int slot, int rank)
{
    PlotModel plot;
    plot.title = tr("Deletion curve");
    plot.x.name = tr("events removed");
    plot.x.logAllowed = false;
    plot.y.logAllowed = false;
    PlotSeries random;
    PlotSeries ordered;
    random.name = tr("random order");
    random.dashed = true;
    ordered.name = tr("by contribution");
    ordered.slot = slot;
    ordered.solid = true;
    for (std::size_t i = 0; i < curve.byContribution.size(); ++i) {
        random.x.push_back(static_cast<double>(i));
        ordered.x.push_back(static_cast<double>(i));
    }
    random.y = curve.random;
    ordered.y = curve.byContribution;
    plot.series = {random, ordered};
    m_curvePanel->show();
    m_curvePanel->setSubtitle(tr("score of row %1; random: mean of %2").arg(rank).arg(curve.randomOrders));
    m_curve->setModel(std::move(plot));
}

} // namespace recoscope
