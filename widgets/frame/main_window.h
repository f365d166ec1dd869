// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The main window: menus, rail, selection bar, pages, status strip, docks (jobs and log, item card, notes). It builds,
// binds and restores; what is seen on a page is the page's own. Pages are made when first opened, for the user in
// slices between other events, so that the window keeps answering; each keeps the layout of the docks it was left with.
// GUI thread.
#pragma once

#include <map>
#include <memory>

#include <QMainWindow>

#include "widgets/core/selection.h"
#include "widgets/frame/page_layouts.h"
#include "widgets/views/context.h"
#include "widgets/views/registry.h"

class QDockWidget;
class QPlainTextEdit;
class QStackedWidget;

namespace recoscope {

class DropHint;
struct DroppedFiles;
class OpenFiles;
class PagePreparation;
class Rail;
class RunNotes;
class SelectionBar;
class StatusStrip;
class View;

class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    explicit MainWindow(WorkbenchContext& context, QWidget* parent = nullptr);
    ~MainWindow() override;

    // Makes the page when needed and shows it before returning.
    void openView(const QString& id);
    // The same for the user: a page that is new is made and styled in slices and shown when it is ready.
    void requestView(const QString& id);
    QString currentView() const { return m_current; }
    View* view(const QString& id) const; // null until opened
    QStringList viewIds() const;

public slots:
    void findAnything();

signals:
    void workspaceChosen(const QString& folder);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    bool focusNextPrevChild(bool next) override; // regions in the order they are seen
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    const ViewDescriptor* descriptor(const QString& id) const; // null for an unknown id
    View* makePage(const ViewDescriptor& made);
    void prepareInSlices(const QString& id);
    void buildCentre();
    void buildDocks();
    QDockWidget* addDock(const QString& title, const QString& name, QWidget* content, Qt::DockWidgetArea area);
    void buildFileMenu();
    void buildEditMenu();
    void buildViewMenu();
    void buildInspectMenu();
    void buildHelpMenu();
    void bind();
    void restore();
    void save();
    void foldPage(View& page) const;
    void fold(); // rail and page, to the room there is
    void resetLayout();
    void log(const QString& line);
    void stepSelection(SelectionField field, int step);
    void exportView();
    void open(const DroppedFiles& files);
    void chooseWorkspace();

    WorkbenchContext& m_context;
    std::vector<ViewDescriptor> m_descriptors;
    std::map<QString, View*> m_views;
    std::map<QString, std::shared_ptr<PagePreparation>> m_preparing; // pages not opened yet
    QString m_current;
    QString m_requested; // the page that the user waits for
    Rail* m_rail = nullptr;
    SelectionBar* m_bar = nullptr;
    QStackedWidget* m_pages = nullptr;
    StatusStrip* m_status = nullptr;
    PageLayouts m_layouts{*this};
    QList<QDockWidget*> m_docks; // the log first
    QPlainTextEdit* m_log = nullptr;
    RunNotes* m_notes = nullptr;
    DropHint* m_dropHint = nullptr;
    OpenFiles* m_openFiles = nullptr;
};

} // namespace recoscope
