// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/rail.h"

#include <QButtonGroup>
#include <QKeyEvent>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/registry.h"

namespace recoscope {

namespace {

constexpr int wideRail = 152;
constexpr int narrowRail = 48;

} // namespace

Rail::Rail(Theme& theme, const std::vector<ViewDescriptor>& views, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_group(new QButtonGroup(this))
{
    setNames(this, QStringLiteral("rail"), tr("Pages"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(2);
    RailSection section = RailSection::Main;
    for (const ViewDescriptor& view : views) {
        if (view.section != section) {
            section = view.section;
            if (section == RailSection::Inspect) {
                m_inspect = new QLabel(tr("INSPECT"));
                column->addWidget(m_inspect);
            } else if (section == RailSection::Foot) {
                column->addStretch(1);
            } else {
                column->addSpacing(8);
            }
        }
        auto* button = new QToolButton;
        button->setText(QStringLiteral("  ") + view.title);
        setNames(button, view.id + QStringLiteral("RailButton"), view.title);
        button->setToolTip(QStringLiteral("%1 (%2)").arg(view.title, view.shortcut));
        button->setCheckable(true);
        button->setIconSize(QSize(17, 17));
        button->setFocusPolicy(Qt::StrongFocus);
        button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
        m_group->addButton(button, static_cast<int>(m_entries.size()));
        m_entries.push_back({view.id, view.icon, button});
        column->addWidget(button);
    }
    connect(m_group, &QButtonGroup::idClicked, this,
        [this](int id) { emit viewRequested(m_entries[static_cast<std::size_t>(id)].id); });
    connect(m_group, &QButtonGroup::idToggled, this, &Rail::restyle);
    connect(&theme, &Theme::changed, this, &Rail::restyle);
    setCollapsed(false);
    restyle();
}

void Rail::setCurrent(const QString& id)
{
    for (const Entry& entry : m_entries) {
        if (entry.id == id)
            entry.button->setChecked(true);
    }
}

void Rail::setCollapsed(bool collapsed)
{
    m_collapsed = collapsed;
    setFixedWidth(collapsed ? narrowRail : m_theme.scaled(wideRail));
    if (m_inspect)
        m_inspect->setVisible(!collapsed);
    for (const Entry& entry : m_entries)
        entry.button->setToolButtonStyle(collapsed ? Qt::ToolButtonIconOnly : Qt::ToolButtonTextBesideIcon);
}

void Rail::restyle()
{
    setFixedWidth(m_collapsed ? narrowRail : m_theme.scaled(wideRail));
    for (const Entry& entry : m_entries) {
        const Palette& p = m_theme.palette();
        entry.button->setIcon(m_theme.icon(entry.icon, entry.button->isChecked() ? p.accent : p.text2));
    }
}

void Rail::keyPressEvent(QKeyEvent* event)
{
    const int step = event->key() == Qt::Key_Down ? 1 : event->key() == Qt::Key_Up ? -1 : 0;
    if (step == 0) {
        QFrame::keyPressEvent(event);
        return;
    }
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        if (!m_entries[i].button->hasFocus())
            continue;
        const auto next = std::clamp<std::ptrdiff_t>(
            static_cast<std::ptrdiff_t>(i) + step, 0, static_cast<std::ptrdiff_t>(m_entries.size()) - 1);
        m_entries[static_cast<std::size_t>(next)].button->setFocus(Qt::TabFocusReason);
        return;
    }
}

} // namespace recoscope
