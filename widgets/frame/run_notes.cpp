// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/run_notes.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QPointer>
#include <QUndoCommand>
#include <QUndoStack>
#include <QVBoxLayout>

#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/elided_label.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int narrowestNotes = 240;

} // namespace

class RunNotes::Command : public QUndoCommand {
public:
    Command(RunNotes* notes, const QString& run, const QString& before, const QString& after)
        : QUndoCommand(RunNotes::tr("notes"))
        , m_notes(notes)
        , m_run(run)
        , m_before(before)
        , m_after(after)
    {
    }
    void undo() override { write(m_before); }
    void redo() override { write(m_after); }

private:
    void write(const QString& text)
    {
        if (m_notes)
            m_notes->write(m_run, text);
    }
    QPointer<RunNotes> m_notes;
    QString m_run, m_before, m_after;
};

RunNotes::RunNotes(WorkbenchContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_which(new SegmentedControl({tr("Run A"), tr("Run B")}, QStringLiteral("notesRun"), tr("Run of the notes")))
    , m_name(new ElidedLabel("secondary"))
    , m_text(new QPlainTextEdit)
{
    setNames(this, QStringLiteral("runNotes"), tr("Notes"));
    setMinimumWidth(narrowestNotes);
    setNames(m_text, QStringLiteral("notesText"), tr("Notes of the run"));
    m_text->setTabChangesFocus(true);
    m_text->installEventFilter(this);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    column->addWidget(m_which, 0, Qt::AlignLeft);
    column->addWidget(m_name);
    column->addWidget(m_text, 1);
    connect(m_which, &SegmentedControl::currentChanged, this, &RunNotes::follow);
    connect(&context.selection, &Selection::changed, this, &RunNotes::follow);
    connect(&context.library, &Library::runsChanged, this, &RunNotes::follow);
    follow();
}

void RunNotes::follow()
{
    const Selection& selection = m_context.selection;
    const QString id = m_which->current() == 1 ? selection.runB() : selection.runA();
    const RunRecord* run = m_context.library.run(id);
    if (m_run != id)
        commit();
    const bool isNewer = m_run == id && (m_writing > 0 || m_text->toPlainText() != m_kept);
    m_run = run ? id : QString();
    m_text->setEnabled(run != nullptr);
    m_name->setText(run ? QString::fromStdString(run->name) : tr("no run is chosen"));
    if (isNewer)
        return;
    m_kept = run ? QString::fromStdString(run->notes) : QString();
    if (m_text->toPlainText() != m_kept)
        m_text->setPlainText(m_kept);
    m_text->setPlaceholderText(run ? tr("What was tried, what came out, what is next…") : QString());
}

void RunNotes::commit()
{
    const QString text = m_text->toPlainText();
    if (m_run.isEmpty() || text == m_kept)
        return;
    m_context.undo.push(new Command(this, m_run, m_kept, text));
}

void RunNotes::write(const QString& run, const QString& notes)
{
    if (run == m_run) {
        m_kept = notes;
        if (m_text->toPlainText() != notes)
            m_text->setPlainText(notes);
    }
    ++m_writing;
    m_context.jobs.run(
        {JobLane::Edit, {}, {}}, this,
        [workspace = m_context.workspace, id = run.toStdString(), text = notes.toStdString()](
            Progress&) { workspace->store().setRunNotes(id, text); },
        [this] {
            --m_writing;
            m_context.library.refresh();
        },
        [this](const JobFailure& failure) {
            --m_writing;
            emit m_context.navigator.messageRequested(failure.message);
        });
}

bool RunNotes::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_text && event->type() == QEvent::FocusOut)
        commit();
    return QWidget::eventFilter(watched, event);
}

void RunNotes::hideEvent(QHideEvent* event)
{
    commit();
    QWidget::hideEvent(event);
}

} // namespace recoscope
