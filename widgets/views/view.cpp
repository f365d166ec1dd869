// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/elided_label.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int titleHeight = 30;

} // namespace

View::View(WorkbenchContext& context, const QString& title, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_titleRow(new QWidget)
    , m_title(makeLabel(title, "page"))
    , m_subtitle(new ElidedLabel("secondary"))
    , m_actions(new QHBoxLayout)
    , m_banner(new Banner(context.theme))
    , m_content(new QVBoxLayout)
{
    setAccessibleName(title);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 12, 16, 12);
    column->setSpacing(12);
    auto* row = new QHBoxLayout(m_titleRow);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(12);
    row->addWidget(m_title);
    row->addWidget(m_subtitle, 1);
    m_actions->setSpacing(8);
    row->addLayout(m_actions);
    const auto rescale = [this] { m_titleRow->setMinimumHeight(m_context.theme.scaled(titleHeight)); };
    connect(&context.theme, &Theme::changed, this, rescale);
    rescale();
    column->addWidget(m_titleRow);
    column->addWidget(m_banner);
    m_content->setSpacing(12);
    column->addLayout(m_content, 1);
}

void View::addPart(std::function<void()> make)
{
    m_parts.push_back(std::move(make));
}

int View::heightForWidth(int width) const
{
    return layout()->totalMinimumHeightForWidth(width);
}

void View::makeNextPart()
{
    m_parts.front()();
    m_parts.pop_front();
}

QString View::title() const
{
    return m_title->text();
}

SelectionFields View::usedFields() const
{
    return SelectionField::Dataset;
}

void View::setTitle(const QString& title)
{
    m_title->setText(title);
    setAccessibleName(title);
}

void View::setSubtitle(const QString& subtitle)
{
    m_subtitle->setText(subtitle);
}

void View::addTitleAction(QWidget* control)
{
    m_actions->addWidget(control);
}

void View::setTitleRowVisible(bool visible)
{
    m_titleRow->setVisible(visible);
}

} // namespace recoscope
