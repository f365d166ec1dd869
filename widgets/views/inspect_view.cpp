// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/inspect_view.h"

#include <QApplication>
#include <QKeyEvent>
#include <QStackedWidget>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/plots/picture.h"
#include "widgets/views/context.h"

namespace recoscope {

InspectView::InspectView(WorkbenchContext& context, const QString& title, Words words, QWidget* parent)
    : View(context, title, parent)
    , m_words(std::move(words))
    , m_stack(new QStackedWidget)
    , m_page(new QWidget)
    , m_run(new SegmentedControl(
          {tr("Run A"), tr("Run B")}, m_words.name + QStringLiteral("Run"), tr("Run that is looked into"), this))
{
    addTitleAction(m_run);
    m_stack->addWidget(m_page);
    m_noRun = addEmptyState(m_words.chooseRun);
    m_noUser = addEmptyState(m_words.chooseUser);
    m_unreadable = addEmptyState({});
    Navigator& navigator = context.navigator;
    m_noRun->addAction(tr("Choose run…"), m_words.name + QStringLiteral("ChooseRun"),
        [&navigator] { emit navigator.choiceRequested(SelectionField::RunA); });
    m_noUser->addAction(tr("Choose user…"), m_words.name + QStringLiteral("ChooseUser"),
        [&navigator] { emit navigator.choiceRequested(SelectionField::User); });
    m_unreadable->addAction(tr("Show runs"), m_words.name + QStringLiteral("ShowRuns"),
        [&navigator] { emit navigator.viewRequested(QStringLiteral("runs")); });
    contentLayout()->addWidget(m_stack, 1);
    connect(m_run, &SegmentedControl::currentChanged, this, &View::runSlotChanged);
}

EmptyState* InspectView::addEmptyState(const QString& sentence)
{
    auto* state = new EmptyState(context().theme, m_words.icon, sentence);
    m_stack->addWidget(state);
    return state;
}

void InspectView::followSelection()
{
    connect(&context().selection, &Selection::changed, this, &InspectView::selectionChanged);
    connect(m_run, &SegmentedControl::currentChanged, this, [this](int slot) {
        if (m_choosing)
            return;
        m_slot = slot;
        reload();
    });
}

void InspectView::selectionChanged(SelectionFields fields)
{
    const SelectionFields runs = SelectionFields(SelectionField::RunA) | SelectionField::RunB;
    const SelectionFields within = SelectionFields(SelectionField::Layer) | SelectionField::Item;
    if (fields & runs)
        m_slot.reset();
    if (fields & (runs | SelectionField::User | SelectionField::Dataset))
        reload();
    else if (layerCount() > 0 && isVisible())
        followLayerOrItem(fields & within);
    else if (fields & within)
        m_stale = true;
}

SelectionFields InspectView::usedFields() const
{
    return SelectionFields(SelectionField::Dataset) | SelectionField::RunA | SelectionField::RunB | SelectionField::User
        | SelectionField::Item | SelectionField::Layer;
}

void InspectView::activate()
{
    if (m_stale)
        reload();
}

int InspectView::runSlot() const
{
    return m_run->current();
}

int InspectView::layer() const
{
    return std::clamp(context().selection.layer(), 0, std::max(0, layerCount() - 1));
}

void InspectView::keyPressEvent(QKeyEvent* event)
{
    const int key = event->key();
    const bool isStep = key == Qt::Key_BracketLeft || key == Qt::Key_BracketRight;
    if (!isStep || layerCount() == 0 || !isPicture(QApplication::focusWidget())) {
        View::keyPressEvent(event);
        return;
    }
    const int next = layer() + (key == Qt::Key_BracketLeft ? -1 : 1);
    context().selection.setLayer(std::clamp(next, 0, layerCount() - 1));
}

void InspectView::setShownSlot(int slot)
{
    m_choosing = true;
    m_run->setCurrent(slot);
    m_choosing = false;
}

void InspectView::showPage()
{
    m_stack->setCurrentWidget(m_page);
}

void InspectView::showEmpty(EmptyState* state)
{
    forget();
    m_stack->setCurrentWidget(state);
    setSubtitle({});
}

void InspectView::showUnreadable(const QString& what, const JobFailure& failure)
{
    m_unreadable->setSentence(failure.message);
    showEmpty(m_unreadable);
    banner().showFailure(what, failure);
}

void InspectView::reload()
{
    m_stale = !isVisible();
    if (m_stale)
        return;
    banner().clear();
    const Selection& selection = context().selection;
    m_run->setSegmentEnabled(1, !selection.runB().isEmpty());
    const QString& first = selection.runA().isEmpty() ? selection.runB() : selection.runA();
    if (first.isEmpty() || selection.user() < 0) {
        showEmpty(first.isEmpty() ? m_noRun : m_noUser);
        return;
    }
    load({{selection.runA().toStdString(), selection.runB().toStdString()}, selection.user(), m_slot},
        context().library.runName(first));
}

} // namespace recoscope
