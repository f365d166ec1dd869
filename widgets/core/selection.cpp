// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/selection.h"

#include <utility>

#include <QUndoCommand>
#include <QUndoStack>

namespace recoscope {

namespace {

constexpr int steppingCommandId = 1;

bool isStepping(SelectionFields fields)
{
    return fields == SelectionField::User || fields == SelectionField::Layer || fields == SelectionField::Head;
}

} // namespace

SelectionFields differingFields(const SelectionState& a, const SelectionState& b)
{
    SelectionFields fields;
    fields.setFlag(SelectionField::Dataset, a.dataset != b.dataset);
    fields.setFlag(SelectionField::RunA, a.runA != b.runA);
    fields.setFlag(SelectionField::RunB, a.runB != b.runB);
    fields.setFlag(SelectionField::User, a.user != b.user);
    fields.setFlag(SelectionField::Item, a.item != b.item);
    fields.setFlag(SelectionField::Layer, a.layer != b.layer);
    fields.setFlag(SelectionField::Head, a.head != b.head);
    return fields;
}

class Selection::Command : public QUndoCommand {
public:
    Command(Selection& selection, const SelectionState& next, const QString& text)
        : QUndoCommand(text)
        , m_selection(selection)
        , m_before(selection.state())
        , m_after(next)
    {
    }

    void undo() override { m_selection.apply(m_before); }
    void redo() override { m_selection.apply(m_after); }

    // Stepping through users, layers or heads is one undo step, however many key presses it took.
    int id() const override { return isStepping(differingFields(m_before, m_after)) ? steppingCommandId : -1; }
    bool mergeWith(const QUndoCommand* other) override
    {
        const auto* next = static_cast<const Command*>(other);
        if (differingFields(m_before, m_after) != differingFields(next->m_before, next->m_after)
            || next->m_after == m_before)
            return false;
        m_after = next->m_after;
        return true;
    }

private:
    Selection& m_selection;
    SelectionState m_before;
    SelectionState m_after;
};

Selection::Selection(QUndoStack* undo, QObject* parent)
    : QObject(parent)
    , m_undo(undo)
{
}

void Selection::change(const SelectionState& next, const QString& text)
{
    if (next == m_state)
        return;
    m_undo->push(new Command(*this, next, text));
}

void Selection::restore(const SelectionState& state)
{
    apply(state);
}

void Selection::apply(const SelectionState& state)
{
    const SelectionFields fields = differingFields(m_state, state);
    if (!fields)
        return;
    m_state = state;
    emit changed(fields);
}

void Selection::setDataset(const QString& name)
{
    change(withDataset(name), tr("dataset"));
}

SelectionState Selection::withDataset(const QString& name) const
{
    SelectionState next = m_state;
    if (name == m_state.dataset)
        return next;
    next.dataset = name;
    next.user = -1;
    next.item = -1;
    for (QString* run : {&next.runA, &next.runB}) {
        if (const QString known = m_datasetOf(*run); !known.isEmpty() && known != name)
            run->clear();
    }
    return next;
}

void Selection::setRunA(const QString& id)
{
    const QString dataset = m_datasetOf(id);
    SelectionState next = dataset.isEmpty() ? m_state : withDataset(dataset);
    next.runA = id;
    change(next, tr("run A"));
}

void Selection::setRunB(const QString& id)
{
    SelectionState next = m_state;
    next.runB = id;
    change(next, tr("run B"));
}

void Selection::setUser(int user)
{
    SelectionState next = m_state;
    next.user = user;
    change(next, tr("user"));
}

void Selection::setItem(int item)
{
    SelectionState next = m_state;
    next.item = item;
    change(next, tr("item"));
}

void Selection::setLayer(int layer)
{
    SelectionState next = m_state;
    next.layer = layer;
    change(next, tr("layer"));
}

void Selection::setHead(int head)
{
    SelectionState next = m_state;
    next.head = head;
    change(next, tr("head"));
}

void Selection::swapRuns()
{
    SelectionState next = m_state;
    std::swap(next.runA, next.runB);
    change(next, tr("swap of A and B"));
}

} // namespace recoscope
