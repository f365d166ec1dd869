// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/runs/run_details.h"

#include <QEvent>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/core/run_filter.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/row_table.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

const QString filesKey = QStringLiteral("run-files");
enum What { Parameters, Environment, Files };

} // namespace

RunDetails::RunDetails(WorkbenchContext& context, QWidget* parent)
    : QWidget(parent)
    , m_context(context)
    , m_stack(new QStackedWidget)
    , m_name(new QLineEdit)
    , m_status(makeLabel({}, "secondary"))
    , m_folder(new QLineEdit)
    , m_tags(new QLineEdit)
    , m_notes(new QPlainTextEdit)
    , m_what(new SegmentedControl(
          {tr("Parameters"), tr("Environment"), tr("Files")}, QStringLiteral("runWhat"), tr("Details shown")))
{
    setAccessibleName(tr("Details of the run"));
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(m_stack);
    auto* page = new QWidget;
    auto* column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    auto* form = new QFormLayout;
    form->setHorizontalSpacing(10);
    form->setVerticalSpacing(6);
    setNames(m_name, QStringLiteral("runName"), tr("Name of the run"));
    setNames(m_folder, QStringLiteral("runFolder"), tr("Folder"));
    setNames(m_tags, QStringLiteral("runTags"), tr("Tags, with spaces"));
    setNames(m_notes, QStringLiteral("runNotes"), tr("Notes"));
    m_folder->setPlaceholderText(tr("none"));
    m_tags->setPlaceholderText(tr("tags, with spaces between"));
    m_notes->setPlaceholderText(tr("Notes"));
    m_notes->setMaximumHeight(context.theme.scaled(84));
    m_notes->setTabChangesFocus(true);
    m_notes->installEventFilter(this);
    m_status->setWordWrap(true);
    form->addRow(tr("Name"), m_name);
    form->addRow(tr("Folder"), m_folder);
    form->addRow(tr("Tags"), m_tags);
    column->addLayout(form);
    column->addWidget(m_status);
    column->addWidget(m_notes);
    column->addWidget(m_what, 0, Qt::AlignLeft);
    m_pairs = new RowTableModel<Pair>({{{tr("Name"), {}, false, 130}, [](const Pair& pair) { return pair.name; }, {}},
                                          {{tr("Value"), {}, false, 0}, [](const Pair& pair) { return pair.value; }, {},
                                              [](const Pair& pair, int role) {
                                                  return role == Qt::ToolTipRole ? QVariant(pair.value) : QVariant();
                                              }}},
        this);
    m_table = new RowTable(context.theme, m_pairs, QStringLiteral("runDetailTable"), tr("Details of the run"));
    m_table->setStretchedColumn(1);
    column->addWidget(m_table, 1);
    m_stack->addWidget(page);
    m_stack->addWidget(
        new EmptyState(context.theme, QStringLiteral("table-2"), tr("Choose a run to see its details.")));
    connect(m_what, &SegmentedControl::currentChanged, this, &RunDetails::refreshTable);
    connect(m_name, &QLineEdit::editingFinished, this, [this] {
        if (!m_name->text().trimmed().isEmpty() && m_name->text().toStdString() != m_run.name)
            emit nameEdited(QString::fromStdString(m_run.id), m_name->text().trimmed());
    });
    connect(m_folder, &QLineEdit::editingFinished, this, &RunDetails::commitTags);
    connect(m_tags, &QLineEdit::editingFinished, this, &RunDetails::commitTags);
    clear();
}

void RunDetails::clear()
{
    m_run = {};
    m_stack->setCurrentIndex(1);
}

void RunDetails::showRun(const RunRecord& run)
{
    const bool same = run.id == m_run.id;
    m_run = run;
    m_stack->setCurrentIndex(0);
    m_name->setText(QString::fromStdString(run.name));
    m_folder->setText(QString::fromStdString(runFolderOf(run)));
    QStringList tags;
    for (const std::string& tag : run.tags) {
        if (!isFolderTag(tag))
            tags.push_back(QString::fromStdString(tag));
    }
    m_tags->setText(tags.join(u' '));
    if (!same || !m_notes->hasFocus())
        m_notes->setPlainText(QString::fromStdString(run.notes));
    QString status = tr("%1 · %2 · seed %3")
                         .arg(QString::fromLatin1(runStatusName(run.status)), QString::fromStdString(run.dataset))
                         .arg(run.seed);
    if (!run.remark.empty())
        status += QStringLiteral(" · ") + QString::fromStdString(run.remark);
    if (!run.error.empty())
        status += u'\n' + QString::fromStdString(run.error);
    m_status->setText(status);
    refreshTable();
}

bool RunDetails::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_notes && event->type() == QEvent::FocusOut)
        commitNotes();
    return QWidget::eventFilter(watched, event);
}

void RunDetails::commitNotes()
{
    const QString notes = m_notes->toPlainText();
    if (!m_run.id.empty() && notes.toStdString() != m_run.notes)
        emit notesEdited(QString::fromStdString(m_run.id), notes);
}

void RunDetails::commitTags()
{
    if (m_run.id.empty())
        return;
    std::vector<std::string> tags;
    for (const QString& tag : m_tags->text().split(u' ', Qt::SkipEmptyParts))
        tags.push_back(tag.toStdString());
    tags = withFolder(std::move(tags), m_folder->text().trimmed().toStdString());
    if (tags == withFolder(m_run.tags, runFolderOf(m_run)))
        return;
    QStringList list;
    for (const std::string& tag : tags)
        list.push_back(QString::fromStdString(tag));
    emit tagsEdited(QString::fromStdString(m_run.id), list);
}

void RunDetails::refreshTable()
{
    std::vector<Pair> pairs;
    const auto addObject = [&](const Json& object) {
        if (!object.is_object())
            return;
        for (const auto& item : object.items())
            pairs.push_back({QString::fromStdString(item.key()), QString::fromStdString(parameterText(item.value()))});
    };
    if (m_what->current() == Parameters) {
        addObject(m_run.parameters);
        pairs.push_back({tr("protocol"), QString::fromStdString(m_run.protocolHash)});
        addObject(m_run.protocol);
    } else if (m_what->current() == Environment) {
        addObject(m_run.environment);
        pairs.push_back({tr("peak memory"), format::bytes(m_run.peakMemoryBytes)});
        pairs.push_back({tr("weights"), format::count(m_run.parameterCount)});
        pairs.push_back({tr("training time"), format::duration(m_run.seconds)});
    } else {
        m_context.jobs.run(
            {JobLane::Inspect, tr("List files"), filesKey}, this,
            [workspace = m_context.workspace, run = m_run.id](Progress&) { return filesOfRun(*workspace, run); },
            [this](const std::vector<RunFile>& files) {
                std::vector<Pair> rows;
                for (const RunFile& file : files)
                    rows.push_back({file.name, format::bytes(static_cast<qint64>(file.bytes))});
                if (m_what->current() == Files)
                    m_pairs->setRows(std::move(rows));
            });
    }
    m_pairs->setRows(std::move(pairs));
}

} // namespace recoscope
