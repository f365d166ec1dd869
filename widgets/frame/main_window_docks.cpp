// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The docks around the pages, the order of the keyboard focus, and files dropped on the window.
#include <QDockWidget>
#include <QDropEvent>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QSettings>
#include <QStackedWidget>
#include <QTime>

#include "widgets/frame/buttons.h"
#include "widgets/frame/dropped_files.h"
#include "widgets/frame/focus_order.h"
#include "widgets/frame/item_card.h"
#include "widgets/frame/main_window.h"
#include "widgets/frame/open_files.h"
#include "widgets/frame/rail.h"
#include "widgets/frame/run_notes.h"
#include "widgets/frame/selection_bar.h"
#include "widgets/frame/status_strip.h"
#include "widgets/views/view.h"

namespace recoscope {

namespace {

constexpr int mostLogLines = 2000;

} // namespace

QDockWidget* MainWindow::addDock(const QString& title, const QString& name, QWidget* content, Qt::DockWidgetArea area)
{
    auto* dock = new QDockWidget(title, this);
    setNames(dock, name, title);
    dock->setWidget(content);
    addDockWidget(area, dock);
    dock->hide();
    m_docks.push_back(dock);
    return dock;
}

void MainWindow::buildDocks()
{
    m_log = new QPlainTextEdit;
    m_log->setReadOnly(true);
    m_log->setMaximumBlockCount(mostLogLines);
    setNames(m_log, QStringLiteral("logText"), tr("Jobs and log"));
    addDock(tr("Jobs and log"), QStringLiteral("logDock"), m_log, Qt::BottomDockWidgetArea);
    addDock(tr("Item card"), QStringLiteral("itemDock"), new ItemCard(m_context), Qt::RightDockWidgetArea);
    m_notes = new RunNotes(m_context);
    addDock(tr("Notes"), QStringLiteral("notesDock"), m_notes, Qt::RightDockWidgetArea);
    m_dropHint = new DropHint(m_context.theme, this);
    m_openFiles = new OpenFiles(m_context, this);
}

void MainWindow::resetLayout()
{
    QSettings().remove(QStringLiteral("window"));
    m_layouts.reset();
    resize(1440, 900);
}

void MainWindow::log(const QString& line)
{
    m_log->appendPlainText(
        QStringLiteral("%1  %2").arg(QTime::currentTime().toString(QStringLiteral("hh:mm:ss")), line));
}

bool MainWindow::focusNextPrevChild(bool next)
{
    QList<QWidget*> regions{m_rail, m_bar, view(m_current)};
    for (QDockWidget* dock : m_docks)
        regions.push_back(dock->widget());
    regions.push_back(m_status);
    QWidget* stop = nextStop(regions, focusWidget(), next);
    if (stop)
        stop->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
    return stop != nullptr;
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    const DroppedFiles files = droppedFiles(*event->mimeData());
    if (files.isEmpty())
        return;
    m_dropHint->showOver(QRect(m_pages->mapTo(this, QPoint()), m_pages->size()), dropSentence(files));
    event->acceptProposedAction();
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*)
{
    m_dropHint->hide();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    m_dropHint->hide();
    const DroppedFiles files = droppedFiles(*event->mimeData());
    if (files.isEmpty())
        return;
    event->acceptProposedAction();
    open(files);
}

void MainWindow::open(const DroppedFiles& files)
{
    if (!files.data.isEmpty())
        emit m_context.navigator.importRequested(files.data);
    for (const QString& file : files.checkpoints)
        m_openFiles->openCheckpoint(file);
    for (const QString& file : files.bundles)
        m_openFiles->addBundle(file);
}

} // namespace recoscope
