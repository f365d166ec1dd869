// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// One run in detail: name, folder, tags and notes to edit, then parameters, environment or files. It only says what was
// edited; the page makes each edit one undo step. GUI thread.
#pragma once

#include <QWidget>

#include "widgets/core/array_table_model.h"
#include "widgets/views/runs/run_snapshot.h"

class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QStackedWidget;

namespace recoscope {

class RowTable;
class SegmentedControl;
struct WorkbenchContext;

class RunDetails : public QWidget {
    Q_OBJECT

public:
    explicit RunDetails(WorkbenchContext& context, QWidget* parent = nullptr);

    void showRun(const RunRecord& run);
    void clear();

signals:
    void nameEdited(const QString& run, const QString& name);
    void notesEdited(const QString& run, const QString& notes);
    void tagsEdited(const QString& run, const QStringList& tags); // folder tag included

protected:
    bool eventFilter(QObject* watched, QEvent* event) override; // notes are committed when they lose the focus

private:
    struct Pair {
        QString name, value;
    };
    void commitTags();
    void commitNotes();
    void refreshTable();

    WorkbenchContext& m_context;
    RunRecord m_run;
    QStackedWidget* m_stack;
    QLineEdit* m_name;
    QLabel* m_status;
    QLineEdit* m_folder;
    QLineEdit* m_tags;
    QPlainTextEdit* m_notes;
    SegmentedControl* m_what;
    RowTableModel<Pair>* m_pairs;
    RowTable* m_table;
};

} // namespace recoscope
