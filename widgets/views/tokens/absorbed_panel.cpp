// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/absorbed_panel.h"

#include <QComboBox>
#include <QScrollArea>
#include <QSignalBlocker>

#include <algorithm>
#include <cmath>

#include "widgets/core/formatting.h"
#include "widgets/core/token_reading.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

namespace {

constexpr int namedEvents = 3;
constexpr int namedCategories = 2;

} // namespace

AbsorbedPanel::AbsorbedPanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("What each token absorbed"), QStringLiteral("tokensAbsorbed"), parent)
    , m_segment(new QComboBox)
    , m_layers(new QComboBox)
    , m_heads(new QComboBox)
    , m_strips(new HeatStrips(theme, QStringLiteral("tokensAbsorbed")))
{
    setNames(m_segment, QStringLiteral("tokensSegment"), tr("Segment"));
    setNames(m_layers, QStringLiteral("tokensLayer"), tr("Layer"));
    setNames(m_heads, QStringLiteral("tokensHead"), tr("Head"));
    for (QComboBox* box : {m_segment, m_layers, m_heads})
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    addControl(m_segment);
    m_strips->setExportHeader({tr("What each token absorbed"), {}, {}});
    auto* scroll = new QScrollArea;
    setNames(scroll, QStringLiteral("tokensAbsorbedScroll"), tr("What each token absorbed"));
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->viewport()->setAutoFillBackground(false);
    scroll->setWidget(m_strips);
    m_strips->setAutoFillBackground(false); // setWidget() has it filled
    setContent(scroll);
    setExportable(m_strips);
    connect(m_layers, &QComboBox::activated, this, &AbsorbedPanel::layerChosen);
    connect(m_heads, &QComboBox::activated, this, [this] {
        showStrips();
        emit headChosen();
    });
    connect(m_segment, &QComboBox::activated, this,
        [this](int segment) { emit tokenChosen(segment * static_cast<int>(m_data->maps->shape.tokens)); });
    connect(m_strips, &HeatStrips::stripChosen, this, [this](int strip) {
        emit tokenChosen(m_segment->currentIndex() * static_cast<int>(m_data->maps->shape.tokens) + strip);
    });
}

int AbsorbedPanel::head() const
{
    return m_heads->currentIndex() - 1;
}

void AbsorbedPanel::showData(std::shared_ptr<const TokensData> data, int layer)
{
    m_data = std::move(data);
    m_effects.reset();
    m_layer = layer;
    m_token = 0;
    fillBoxes();
    showStrips();
}

void AbsorbedPanel::fillBoxes()
{
    const TokenMaps& maps = *m_data->maps;
    const QSignalBlocker quiet[]{QSignalBlocker(m_segment), QSignalBlocker(m_layers), QSignalBlocker(m_heads)};
    const int head = std::max(0, m_heads->currentIndex());
    m_segment->clear();
    for (int segment = 0; segment < maps.segments; ++segment)
        m_segment->addItem(tr("Segment %1").arg(segment + 1));
    m_segment->setVisible(maps.segments > 1);
    m_layers->clear();
    for (int layer = 0; layer < maps.shape.layers; ++layer)
        m_layers->addItem(tr("Layer %1").arg(layer + 1));
    m_layers->setCurrentIndex(m_layer);
    m_heads->clear();
    m_heads->addItem(tr("Mean of heads"));
    for (int h = 0; h < maps.shape.heads; ++h)
        m_heads->addItem(tr("Head %1").arg(h + 1));
    m_heads->setCurrentIndex(head < m_heads->count() ? head : 0);
}

void AbsorbedPanel::setLayer(int layer)
{
    m_layer = layer;
    m_layers->setCurrentIndex(layer);
    showStrips();
}

void AbsorbedPanel::setMeasure(AbsorbedMeasure measure)
{
    m_measure = measure;
    m_layers->setEnabled(measure == AbsorbedMeasure::Attention);
    m_heads->setEnabled(measure == AbsorbedMeasure::Attention);
    showStrips();
}

void AbsorbedPanel::showEffects(std::shared_ptr<const TokenEffects> effects)
{
    m_effects = std::move(effects);
    showStrips();
}

void AbsorbedPanel::setToken(int token)
{
    if (!m_data)
        return;
    m_token = token;
    const auto perSegment = static_cast<int>(m_data->maps->shape.tokens);
    m_segment->setCurrentIndex(token / perSegment);
    if (m_shownSegment != m_segment->currentIndex())
        showStrips();
    m_strips->setCurrent(token % perSegment);
}

std::vector<double> AbsorbedPanel::valuesOf(std::int64_t token) const
{
    const TokenMaps& maps = *m_data->maps;
    if (m_measure == AbsorbedMeasure::Attention)
        return olderShares(maps, maps.absorbedBy(m_layer, head()), token);
    const std::int64_t end = (token / maps.shape.tokens + 1) * maps.shape.segment;
    std::vector<double> values(static_cast<std::size_t>(maps.older()), std::nan(""));
    for (std::int64_t event = 0; m_effects && event < end; ++event)
        values[static_cast<std::size_t>(event)]
            = m_effects->change[static_cast<std::size_t>(token * maps.events + event)];
    return values;
}

AbsorbedPanel::Events AbsorbedPanel::shownEvents() const
{
    const std::int64_t segment = std::max(0, m_segment->currentIndex()), events = m_data->maps->shape.segment;
    return {m_measure == AbsorbedMeasure::Attention ? segment * events : 0, (segment + 1) * events};
}

HeatStrips::Strip AbsorbedPanel::stripOf(std::int64_t token) const
{
    const TokenMaps& maps = *m_data->maps;
    const std::int64_t segment = token / maps.shape.tokens;
    const std::vector<double> all = valuesOf(token);
    const Events shown = shownEvents();
    HeatStrips::Strip strip;
    strip.name = tr("token %1").arg(token % maps.shape.tokens + 1);
    strip.values.assign(all.begin() + shown.first, all.begin() + shown.end);
    strip.marked = largestEvents(strip.values, namedEvents);
    QStringList named;
    for (const int event : strip.marked)
        named << QStringLiteral("%1 %2").arg(m_data->titles[static_cast<std::size_t>(shown.first + event)],
            format::share(strip.values[static_cast<std::size_t>(event)], 0));
    strip.note = named.join(QStringLiteral(" · "));
    if (m_measure != AbsorbedMeasure::Attention)
        return strip;
    const std::vector<float> shares(all.begin(), all.end());
    strip.words << tr("reach %1 ev")
                       .arg(format::number(tokenReach(shares.data() + segment * maps.shape.segment, maps.shape.segment,
                                               maps.shape.segment),
                           1));
    for (const CategoryShare& category : categoryShares(all, m_data->categories, namedCategories))
        strip.words << QStringLiteral("%1 %2").arg(category.name, format::share(category.share, 0));
    return strip;
}

void AbsorbedPanel::showStrips()
{
    if (!m_data)
        return;
    const TokenMaps& maps = *m_data->maps;
    const bool isAttention = m_measure == AbsorbedMeasure::Attention;
    const Events shown = shownEvents();
    m_shownSegment = m_segment->currentIndex();
    HeatStrips::Content content;
    content.titles.assign(m_data->titles.begin() + shown.first, m_data->titles.begin() + shown.end);
    content.first = static_cast<int>(shown.first);
    content.axisName = tr("older event, oldest first");
    content.valueName = isAttention ? tr("share") : tr("change");
    content.text = [](double value) { return format::share(value); };
    const std::int64_t first = std::max(0, m_segment->currentIndex()) * maps.shape.tokens;
    for (std::int64_t token = first; token < first + maps.shape.tokens; ++token)
        content.strips.push_back(stripOf(token));
    setSubtitle(isAttention ? tr("% of what it reads") : tr("% changed without it"));
    m_strips->setExportHeader(m_data->header(isAttention ? tr("What each token absorbed, layer %1").arg(m_layer + 1)
                                                         : tr("What each token lacks without an event")));
    m_strips->setContent(std::move(content));
    m_strips->setCurrent(m_token % static_cast<int>(std::max<std::int64_t>(1, maps.shape.tokens)));
}

} // namespace recoscope
