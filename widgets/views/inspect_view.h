// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Base of the pages that look into a model with the history of one user: run A or B, the first that has what the page
// shows until one is chosen here, and a sentence for what is missing. A change of the selection while the page is
// hidden is read when it is shown. In a picture [ and ] step through the layers. GUI thread.
#pragma once

#include <optional>

#include "widgets/core/inspected_run.h"
#include "widgets/views/view.h"

class QStackedWidget;

namespace recoscope {

class EmptyState;
class SegmentedControl;
struct JobFailure;

class InspectView : public View {
    Q_OBJECT

public:
    SelectionFields usedFields() const override;
    void activate() override;
    int runSlot() const override;

protected:
    struct Words {
        QString name; // object names begin with it
        QString icon;
        QString chooseRun, chooseUser; // what is missing
    };
    InspectView(WorkbenchContext& context, const QString& title, Words words, QWidget* parent);

    // Reads what is shown in a job; ends with showPage(), showEmpty() or showUnreadable().
    virtual void load(const InspectRequest& request, const QString& runName) = 0;
    virtual void forget() = 0; // an empty state takes the place of the data
    virtual int layerCount() const = 0; // of what is shown; 0 = nothing
    virtual void followLayerOrItem(SelectionFields fields) = 0;

    QWidget* page() const { return m_page; }
    EmptyState* addEmptyState(const QString& sentence);
    void followSelection(); // once all parts are there
    void setShownSlot(int slot);
    void showPage();
    void showEmpty(EmptyState* state);
    void showUnreadable(const QString& what, const JobFailure& failure);
    int layer() const; // of the selection, within the model
    void keyPressEvent(QKeyEvent* event) override;

private:
    void reload();
    void selectionChanged(SelectionFields fields);

    Words m_words;
    QStackedWidget* m_stack;
    QWidget* m_page;
    EmptyState *m_noRun, *m_noUser, *m_unreadable;
    SegmentedControl* m_run;
    std::optional<int> m_slot; // the run that was chosen here
    bool m_choosing = false; // the control follows what was loaded
    bool m_stale = true; // the selection changed while the page was hidden
};

} // namespace recoscope
