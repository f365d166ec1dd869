// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QElapsedTimer>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QUndoStack>
#include <QVBoxLayout>

#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/dropped_files.h"
#include "widgets/frame/exportable.h"
#include "widgets/frame/page_preparation.h"
#include "widgets/frame/rail.h"
#include "widgets/frame/run_notes.h"
#include "widgets/frame/search_popup.h"
#include "widgets/frame/selection_bar.h"
#include "widgets/frame/status_strip.h"
#include "widgets/frame/theme.h"
#include "widgets/frame/wheel_guard.h"
#include "widgets/views/data/import_flow.h"
#include "widgets/views/view.h"

namespace recoscope {

namespace {

constexpr int narrowWindow = 1280;
constexpr int findLimit = 40;
constexpr qint64 sliceMilliseconds = 8;

} // namespace

MainWindow::MainWindow(WorkbenchContext& context, QWidget* parent)
    : QMainWindow(parent)
    , m_context(context)
    , m_descriptors(viewRegistry())
{
    setObjectName(QStringLiteral("mainWindow"));
    setWindowTitle(tr("Recoscope"));
    setMinimumSize(1120, 700);
    setAcceptDrops(true);
    buildCentre();
    buildDocks();
    buildFileMenu();
    buildEditMenu();
    buildViewMenu();
    buildInspectMenu();
    buildHelpMenu();
    new ImportFlow(context, this);
    qApp->installEventFilter(new WheelGuard(this));
    bind();
    restore();
}

MainWindow::~MainWindow() = default;

void MainWindow::buildCentre()
{
    auto* centre = new QWidget;
    auto* row = new QHBoxLayout(centre);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_rail = new Rail(m_context.theme, m_descriptors);
    m_bar = new SelectionBar(m_context);
    m_pages = new QStackedWidget;
    // The first focus is on no control, so that no ring shows before the keyboard is used.
    m_pages->setFocusPolicy(Qt::ClickFocus);
    setNames(m_pages, QStringLiteral("pages"), tr("Page"));
    auto* column = new QVBoxLayout;
    column->setSpacing(0);
    column->addWidget(m_bar);
    column->addWidget(m_pages, 1);
    row->addWidget(m_rail);
    row->addLayout(column, 1);
    setCentralWidget(centre);
    centre->installEventFilter(this);
    m_status = new StatusStrip(m_context);
    statusBar()->setSizeGripEnabled(false);
    statusBar()->setContentsMargins(0, 0, 0, 0);
    statusBar()->addWidget(m_status, 1);
    statusBar()->setStyleSheet(QStringLiteral("QStatusBar::item { border: none; } QStatusBar { padding: 0; }"));
}

View* MainWindow::view(const QString& id) const
{
    const auto found = m_views.find(id);
    return found == m_views.end() ? nullptr : found->second;
}

QStringList MainWindow::viewIds() const
{
    QStringList ids;
    for (const ViewDescriptor& descriptor : m_descriptors)
        ids << descriptor.id;
    return ids;
}

const ViewDescriptor* MainWindow::descriptor(const QString& id) const
{
    const auto found
        = std::find_if(m_descriptors.begin(), m_descriptors.end(), [&](const ViewDescriptor& d) { return d.id == id; });
    return found == m_descriptors.end() ? nullptr : &*found;
}

View* MainWindow::makePage(const ViewDescriptor& made)
{
    const StyleChangePause pause;
    View* page = m_views[made.id] = made.make(m_context);
    page->setObjectName(made.id + QStringLiteral("View"));
    // In a window smaller than the page needs it is scrolled, not squeezed.
    auto* area = new QScrollArea;
    area->setObjectName(made.id + QStringLiteral("Area"));
    area->setAccessibleName(made.title);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidget(page);
    page->setAutoFillBackground(false);
    area->viewport()->setAutoFillBackground(false);
    m_pages->addWidget(area);
    m_preparing[made.id] = std::make_shared<PagePreparation>(*page);
    connect(page, &View::runSlotChanged, this, [this, id = made.id](int slot) {
        if (id == m_current)
            m_bar->setRunSlot(slot);
    });
    return page;
}

void MainWindow::openView(const QString& id)
{
    const ViewDescriptor* opened = descriptor(id);
    if (!opened)
        return;
    View* page = view(id) ? view(id) : makePage(*opened);
    if (const auto preparing = m_preparing.extract(id))
        preparing.mapped()->finish();
    m_requested = m_current = id;
    m_layouts.enter(id);
    m_rail->setCurrent(id);
    m_bar->setUsedFields(page->usedFields(), opened->title);
    m_bar->setRunSlot(page->runSlot());
    foldPage(*page);
    auto* area = qobject_cast<QScrollArea*>(page->parentWidget()->parentWidget()); // around its viewport
    area->setWidgetResizable(true); // not before: it would lay out the page again for each of its parts
    m_pages->setCurrentWidget(area);
    setWindowTitle(tr("%1 – Recoscope").arg(opened->title));
    page->activate();
}

void MainWindow::requestView(const QString& id)
{
    const auto preparing = m_preparing.find(id);
    if (view(id) && (preparing == m_preparing.end() || preparing->second->isDone())) {
        openView(id);
        return;
    }
    const ViewDescriptor* wanted = descriptor(id);
    if (!wanted)
        return;
    m_requested = id;
    m_rail->setCurrent(id); // answers at once
    if (preparing != m_preparing.end())
        return; // it opens when it is ready
    QTimer::singleShot(0, this, [this, id, wanted] {
        if (!view(id))
            makePage(*wanted);
        QTimer::singleShot(0, this, [this, id] { prepareInSlices(id); });
    });
}

void MainWindow::prepareInSlices(const QString& id)
{
    const auto found = m_preparing.find(id);
    if (found == m_preparing.end())
        return; // opened at once meanwhile
    PagePreparation& page = *found->second;
    QElapsedTimer clock;
    clock.start();
    while (!page.isDone() && clock.elapsed() < sliceMilliseconds)
        page.next();
    const bool isDone = page.isDone();
    QTimer::singleShot(0, this, [this, id, isDone] {
        if (!isDone)
            prepareInSlices(id);
        else if (id == m_requested) // else another page was asked for; this one is ready when it is wanted
            openView(id);
    });
}

void MainWindow::bind()
{
    connect(&m_context.theme, &Theme::changed, this, &MainWindow::fold);
    connect(m_rail, &Rail::viewRequested, this, &MainWindow::requestView);
    connect(m_bar, &SelectionBar::findRequested, this, &MainWindow::findAnything);
    connect(m_status, &StatusStrip::logRequested, this,
        [this] { m_docks.front()->setVisible(!m_docks.front()->isVisible()); });
    Navigator& navigator = m_context.navigator;
    connect(&navigator, &Navigator::viewRequested, this, &MainWindow::requestView);
    connect(
        &navigator, &Navigator::openRequested, this, [this](const QStringList& files) { open(sortedFiles(files)); });
    connect(&navigator, &Navigator::choiceRequested, m_bar, &SelectionBar::openList);
    connect(&navigator, &Navigator::messageRequested, m_status, &StatusStrip::showMessage);
    connect(&navigator, &Navigator::messageRequested, this, &MainWindow::log);
    connect(&navigator, &Navigator::workspaceRequested, this, &MainWindow::chooseWorkspace);
    Jobs& jobs = m_context.jobs;
    const auto title = [&jobs](JobId id) { return jobs.info(id) ? jobs.info(id)->title : QString(); };
    connect(&jobs, &Jobs::finished, this, [this, title](JobId id) {
        if (!title(id).isEmpty())
            log(tr("%1: finished").arg(title(id)));
    });
    connect(&jobs, &Jobs::cancelled, this, [this, title](JobId id) {
        if (!title(id).isEmpty())
            log(tr("%1: cancelled").arg(title(id)));
    });
    connect(&jobs, &Jobs::failed, this, [this, title](JobId id, const JobFailure& failure) {
        log(tr("%1: %2 %3").arg(title(id), failure.message, failure.hint));
    });
}

void MainWindow::restore()
{
    const QSettings settings;
    resize(1440, 900);
    restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
    SelectionState state;
    QString page = viewIds().isEmpty() ? QString() : viewIds().front();
    if (const auto saved = m_context.workspace->store().document("window")) {
        state.dataset = QString::fromStdString(saved->value("dataset", ""));
        state.runA = QString::fromStdString(saved->value("runA", ""));
        state.runB = QString::fromStdString(saved->value("runB", ""));
        state.user = saved->value("user", -1);
        state.item = saved->value("item", -1);
        state.layer = saved->value("layer", -1);
        state.head = saved->value("head", -1);
        const QString last = QString::fromStdString(saved->value("page", ""));
        if (viewIds().contains(last))
            page = last;
    }
    m_context.selection.restore(state);
    openView(page);
    m_pages->setFocus(Qt::OtherFocusReason);
}

void MainWindow::save()
{
    QSettings().setValue(QStringLiteral("window/geometry"), saveGeometry());
    m_layouts.keep();
    const SelectionState& s = m_context.selection.state();
    m_context.workspace->store().putDocument("window",
        {{"dataset", s.dataset.toStdString()}, {"runA", s.runA.toStdString()}, {"runB", s.runB.toStdString()},
            {"user", s.user}, {"item", s.item}, {"layer", s.layer}, {"head", s.head},
            {"page", m_current.toStdString()}});
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    fold();
}

// Large text needs the room that a narrow window lacks.
void MainWindow::foldPage(View& page) const
{
    page.setNarrow(centralWidget()->width() < m_context.theme.scaled(page.foldWidth()));
}

void MainWindow::fold()
{
    const bool collapsed = width() < m_context.theme.scaled(narrowWindow);
    if (m_rail->isCollapsed() != collapsed)
        m_rail->setCollapsed(collapsed);
    if (View* page = view(m_current))
        foldPage(*page);
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event)
{
    // Docks take room from the page without a change of the window.
    if (watched == centralWidget() && event->type() == QEvent::Resize) {
        if (View* page = view(m_current))
            foldPage(*page);
    }
    return QMainWindow::eventFilter(watched, event);
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    m_notes->commit();
    save();
    event->accept();
}

void MainWindow::findAnything()
{
    const std::vector<std::pair<SelectionField, QString>> fields{{SelectionField::Dataset, QStringLiteral("dataset:")},
        {SelectionField::RunA, QStringLiteral("run:")}, {SelectionField::User, QStringLiteral("user:")},
        {SelectionField::Item, QStringLiteral("item:")}};
    const auto merge = [this, fields](const QString& text, int limit, SelectionBar::Found found) {
        std::vector<Choice> all;
        for (const ViewDescriptor& d : m_descriptors)
            all.push_back({QStringLiteral("page:") + d.id, d.title, tr("page"), d.icon});
        for (const auto& [field, prefix] : fields) {
            for (Choice& choice : found[field]) {
                if (choice.id.isEmpty())
                    continue;
                choice.id.prepend(prefix);
                if (choice.detail.isEmpty())
                    choice.detail = field == SelectionField::User ? tr("user") : tr("item");
                all.push_back(std::move(choice));
            }
        }
        return matching(all, text, limit);
    };
    const auto provider = [this, fields, merge](const QString& text, int limit, SearchPopup::Deliver deliver) {
        std::vector<SelectionField> wanted;
        for (const auto& [field, prefix] : fields)
            wanted.push_back(field);
        m_bar->find(wanted, text, findLimit, [merge, text, limit, deliver](SelectionBar::Found found) {
            deliver(merge(text, limit, std::move(found)));
        });
    };
    const auto chosen = [this](const Choice& choice) {
        const QString kind = choice.id.section(u':', 0, 0);
        const QString id = choice.id.section(u':', 1);
        Choice plain = choice;
        plain.id = id;
        if (kind == QStringLiteral("page"))
            requestView(id);
        else if (kind == QStringLiteral("dataset"))
            m_bar->choose(SelectionField::Dataset, plain);
        else if (kind == QStringLiteral("run"))
            m_bar->choose(SelectionField::RunA, plain);
        else if (kind == QStringLiteral("user"))
            m_bar->choose(SelectionField::User, plain);
        else
            m_bar->choose(SelectionField::Item, plain);
    };
    auto* popup
        = new SearchPopup(m_context.theme, tr("Find a page, dataset, run, user or item"), provider, chosen, this);
    popup->openCentred(this);
}

void MainWindow::stepSelection(SelectionField field, int step)
{
    Selection& selection = m_context.selection;
    if (field == SelectionField::User && m_context.library.users() > 0)
        selection.setUser(std::clamp(selection.user() + step, 0, m_context.library.users() - 1));
}

void MainWindow::exportView()
{
    View* page = view(m_current);
    Exportable* source = page ? page->mainExport() : nullptr;
    if (!source) {
        emit m_context.navigator.messageRequested(tr("There is nothing to export on this page."));
        return;
    }
    exportWithDialog(*source, this, source->exportSize().isEmpty() ? ExportFormat::Csv : ExportFormat::Png, 2);
}

void MainWindow::chooseWorkspace()
{
    const QString folder = QFileDialog::getExistingDirectory(
        this, tr("Open workspace"), QString::fromStdString(m_context.workspace->folder().string()));
    if (!folder.isEmpty())
        emit workspaceChosen(folder);
}

} // namespace recoscope
