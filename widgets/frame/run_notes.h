// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The notes of run A or run B, to be written on any page. Kept when the field is left or the run is changed; each
// change is one undo step. The store is written by a job. GUI thread.
#pragma once

#include <QWidget>

class QLabel;
class QPlainTextEdit;

namespace recoscope {

class SegmentedControl;
struct WorkbenchContext;

class RunNotes : public QWidget {
    Q_OBJECT

public:
    explicit RunNotes(WorkbenchContext& context, QWidget* parent = nullptr);

    void commit(); // what was typed, if it differs from what is kept

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void hideEvent(QHideEvent* event) override;

private:
    class Command;
    void follow(); // the run of the selection, or its notes, may have changed
    void write(const QString& run, const QString& notes);

    WorkbenchContext& m_context;
    SegmentedControl* m_which;
    QLabel* m_name;
    QPlainTextEdit* m_text;
    QString m_run; // shown
    QString m_kept; // its notes as the library told them, or as they were written last
    int m_writing = 0; // writes under way; until they are done the library tells older notes
};

} // namespace recoscope
