// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/path_choice.h"

#include <QCheckBox>
#include <QGridLayout>

#include <algorithm>

#include "widgets/frame/buttons.h"

namespace recoscope {

namespace {

struct ModeWords {
    QString label, meaning;
};

ModeWords wordsOf(ServingMode mode)
{
    switch (mode) {
    case ServingMode::Incremental: return {PathChoice::tr("Incremental"), PathChoice::tr("Incremental, cached")};
    case ServingMode::Compressed: return {PathChoice::tr("Compressed"), PathChoice::tr("Compressed history, cached")};
    case ServingMode::ItemHead:
        return {PathChoice::tr("Item head"), PathChoice::tr("Items read once, all scored in one step")};
    case ServingMode::ItemHeadReread:
        return {PathChoice::tr("Reread"), PathChoice::tr("Items of the history read again for each user")};
    case ServingMode::Beam: return {PathChoice::tr("Beam"), PathChoice::tr("Lists spelled by beams of several widths")};
    case ServingMode::Full: break;
    }
    return {PathChoice::tr("Full"), PathChoice::tr("Full recompute")};
}

} // namespace

PathChoice::PathChoice(QWidget* parent)
    : QWidget(parent)
{
    setNames(this, QStringLiteral("latencyPaths"), tr("Paths to measure"));
    auto* paths = new QGridLayout(this);
    paths->setContentsMargins(0, 0, 0, 0);
    paths->setHorizontalSpacing(12);
    paths->setVerticalSpacing(0);
    paths->setColumnStretch(2, 1);
    for (const ServingMode mode : allServingModes) {
        const ModeWords words = wordsOf(mode);
        auto* box = new QCheckBox(words.label);
        setNames(box, QStringLiteral("latency_") + QLatin1String(servingModeName(mode)), words.meaning);
        box->setChecked(true);
        box->setToolTip(box->accessibleName());
        const int place = static_cast<int>(m_modes.size());
        paths->addWidget(box, place / 2, place % 2); // two in a row: three do not fit a narrow window
        m_modes.push_back(box);
        connect(box, &QCheckBox::toggled, this, &PathChoice::changed);
    }
}

std::vector<ServingMode> PathChoice::checked() const
{
    std::vector<ServingMode> modes;
    for (std::size_t i = 0; i < m_modes.size(); ++i)
        if (m_modes[i]->isChecked())
            modes.push_back(allServingModes[i]);
    return modes;
}

bool PathChoice::isChecked(ServingMode mode) const
{
    const auto modes = checked();
    return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

} // namespace recoscope
