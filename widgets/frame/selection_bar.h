// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The bar over every page: the shared selection as chips, the protocol of run A, undo, redo, find. GUI thread.
#pragma once

#include <map>

#include <QFrame>

#include "widgets/core/selection.h"
#include "widgets/frame/search_popup.h"

class QLabel;
class QToolButton;

namespace recoscope {

class SelectionChip;
struct WorkbenchContext;

class SelectionBar : public QFrame {
    Q_OBJECT

public:
    SelectionBar(WorkbenchContext& context, QWidget* parent = nullptr);

    // The chips that mean something on the present page; the others are disabled with a reason.
    void setUsedFields(SelectionFields fields, const QString& page);
    // Whose layers and heads are counted: 0 = run A, 1 = run B.
    void setRunSlot(int slot);
    // Finds choices of the fields that contain `text`, at most `limit` of each, and delivers them in the order of the
    // fields when all are found. Users and items are searched by a job.
    using Found = std::map<SelectionField, std::vector<Choice>>;
    void find(
        const std::vector<SelectionField>& fields, const QString& text, int limit, std::function<void(Found)> deliver);
    void choose(SelectionField field, const Choice& choice);
    void openList(SelectionField field);

signals:
    void findRequested();

private:
    SelectionChip* addChip(SelectionField field, const QString& caption, const QString& name, int width);
    std::vector<Choice> listed(SelectionField field, const QString& text, int limit) const;
    void update();
    void updateProtocol();
    QString valueOf(SelectionField field) const;
    int countOf(SelectionField field) const; // layers or heads of the run that is looked into

    WorkbenchContext& m_context;
    int m_runSlot = 0;
    std::map<SelectionField, SelectionChip*> m_chips;
    QLabel* m_protocolIcon;
    QLabel* m_protocol;
};

} // namespace recoscope
