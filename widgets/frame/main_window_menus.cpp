// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The menus of the main window and the keys of the whole window.
#include <QActionGroup>
#include <QApplication>
#include <QDialog>
#include <QDockWidget>
#include <QFile>
#include <QMenuBar>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QUndoStack>
#include <QVBoxLayout>

#include "widgets/frame/buttons.h"
#include "widgets/frame/main_window.h"
#include "widgets/frame/rail.h"
#include "widgets/frame/selection_bar.h"
#include "widgets/frame/theme.h"
#include "widgets/views/view.h"

namespace recoscope {

namespace {

template <class Receiver, class Function>
QAction* add(QMenu* menu, const QString& text, const QString& keys, Receiver* receiver, Function function)
{
    QAction* action = menu->addAction(text);
    action->setShortcut(QKeySequence(keys));
    QObject::connect(action, &QAction::triggered, receiver, function);
    return action;
}

// A submenu of which one entry is checked.
template <class Value>
void addChoices(QMenu* menu, const QString& title, const std::vector<std::pair<QString, Value>>& choices,
    std::function<Value()> current, std::function<void(Value)> set)
{
    QMenu* sub = menu->addMenu(title);
    auto* group = new QActionGroup(sub);
    for (const auto& [text, value] : choices) {
        QAction* action = sub->addAction(text);
        action->setCheckable(true);
        group->addAction(action);
        const Value wanted = value;
        QObject::connect(action, &QAction::triggered, sub, [set, wanted] { set(wanted); });
        QObject::connect(
            sub, &QMenu::aboutToShow, action, [action, current, wanted] { action->setChecked(current() == wanted); });
    }
}

void showText(QWidget* parent, const QString& title, const QString& text)
{
    QDialog dialog(parent);
    dialog.setWindowTitle(title);
    dialog.resize(640, 480);
    auto* column = new QVBoxLayout(&dialog);
    auto* body = new QPlainTextEdit(text);
    body->setReadOnly(true);
    setNames(body, QStringLiteral("helpText"), title);
    QPushButton* close = makeButton(QObject::tr("Close"), QStringLiteral("helpClose"));
    QObject::connect(close, &QPushButton::clicked, &dialog, &QDialog::accept);
    column->addWidget(body);
    column->addWidget(close, 0, Qt::AlignRight);
    dialog.exec();
}

} // namespace

void MainWindow::buildFileMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&File"));
    Navigator& navigator = m_context.navigator;
    add(menu, tr("&Open file…"), QStringLiteral("Ctrl+O"), this, [&navigator] { emit navigator.importRequested({}); });
    add(menu, tr("Open &sample"), {}, this, [&navigator] { emit navigator.sampleRequested(); });
    add(menu, tr("Get &MovieLens…"), {}, this, [&navigator] { emit navigator.downloadRequested(); });
    add(menu, tr("Get text &encoder, text vectors…"), {}, this,
        [&navigator] { emit navigator.textVectorsRequested(); });
    menu->addSeparator();
    add(menu, tr("Open &workspace…"), {}, this, &MainWindow::chooseWorkspace);
    add(menu, tr("&Export view…"), QStringLiteral("Ctrl+E"), this, &MainWindow::exportView);
    menu->addSeparator();
    add(menu, tr("&Quit"), QStringLiteral("Ctrl+Q"), this, &QWidget::close);
}

void MainWindow::buildEditMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Edit"));
    QAction* undo = m_context.undo.createUndoAction(this);
    QAction* redo = m_context.undo.createRedoAction(this);
    undo->setShortcut(QKeySequence(QStringLiteral("Ctrl+Z")));
    redo->setShortcut(QKeySequence(QStringLiteral("Ctrl+Shift+Z")));
    menu->addActions({undo, redo});
    menu->addSeparator();
    add(menu, tr("Find &anything…"), QStringLiteral("Ctrl+K"), this, &MainWindow::findAnything);
    add(menu, tr("&Filter"), QStringLiteral("Ctrl+F"), this, [this] {
        View* page = view(m_current);
        if (QWidget* field = page ? page->filterField() : nullptr)
            field->setFocus(Qt::ShortcutFocusReason);
    });
    menu->addSeparator();
    add(menu, tr("&Swap runs A and B"), QStringLiteral("Ctrl+Shift+X"), &m_context.selection, &Selection::swapRuns);
    add(menu, tr("&Next user"), QStringLiteral("Ctrl+Down"), this, [this] { stepSelection(SelectionField::User, 1); });
    add(menu, tr("&Previous user"), QStringLiteral("Ctrl+Up"), this,
        [this] { stepSelection(SelectionField::User, -1); });
    add(menu, tr("&Main action of the page"), QStringLiteral("Ctrl+Return"), this, [this] {
        View* page = view(m_current);
        if (QPushButton* button = page ? page->primaryButton() : nullptr)
            button->click();
    });
}

void MainWindow::buildViewMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&View"));
    Theme& theme = m_context.theme;
    addChoices<ThemeMode>(
        menu, tr("&Theme"),
        {{tr("As the system"), ThemeMode::System}, {tr("Light"), ThemeMode::Light}, {tr("Dark"), ThemeMode::Dark}},
        [&theme] { return theme.mode(); }, [&theme](ThemeMode mode) { theme.setMode(mode); });
    std::vector<std::pair<QString, int>> sizes;
    for (const int percent : {90, 100, 110, 125, 150, 175, 200})
        sizes.emplace_back(tr("%1 %").arg(percent), percent);
    addChoices<int>(
        menu, tr("Text &size"), sizes, [&theme] { return qRound(theme.textScale() * 100); },
        [&theme](int percent) { theme.setTextScale(percent / 100.0); });
    addChoices<Density>(
        menu, tr("&Density"),
        {{tr("Compact"), Density::Compact}, {tr("Normal"), Density::Normal}, {tr("Lecture"), Density::Lecture}},
        [&theme] { return theme.density(); }, [&theme](Density density) { theme.setDensity(density); });
    menu->addSeparator();
    for (QDockWidget* dock : m_docks)
        menu->addAction(dock->toggleViewAction());
    add(menu, tr("&Full screen"), QStringLiteral("F11"), this,
        [this] { isFullScreen() ? showNormal() : showFullScreen(); });
    add(menu, tr("Next &region"), QStringLiteral("F6"), this, [this] {
        const QList<QWidget*> regions{m_rail, m_bar, static_cast<QWidget*>(view(m_current))};
        qsizetype now = -1;
        for (qsizetype i = 0; i < regions.size(); ++i) {
            if (regions[i] && regions[i]->isAncestorOf(QApplication::focusWidget()))
                now = i;
        }
        QWidget* next = regions[(now + 1) % regions.size()];
        for (QWidget* child : next->findChildren<QWidget*>()) {
            if (child->isVisible() && child->isEnabled() && (child->focusPolicy() & Qt::TabFocus)) {
                child->setFocus(Qt::TabFocusReason);
                return;
            }
        }
    });
    add(menu, tr("Reset &layout"), {}, this, &MainWindow::resetLayout);
}

void MainWindow::buildInspectMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Go"));
    for (const ViewDescriptor& descriptor : m_descriptors)
        add(menu, descriptor.title, descriptor.shortcut, this, [this, id = descriptor.id] { requestView(id); });
}

void MainWindow::buildHelpMenu()
{
    QMenu* menu = menuBar()->addMenu(tr("&Help"));
    add(menu, tr("&Keys"), QStringLiteral("F1"), this, [this] {
        QString text;
        for (const QAction* action : findChildren<QAction*>()) {
            if (!action->shortcut().isEmpty() && !action->text().isEmpty())
                text += QStringLiteral("%1\t%2\n")
                            .arg(action->shortcut().toString(QKeySequence::NativeText), action->text().remove(u'&'));
        }
        text += tr("\nIn a plot: arrows move the crosshair, Shift+arrows pan, + - 0 zoom, L and Shift+L switch the log "
                   "axes, Return locks, Esc frees.\n");
        showText(this, tr("Keys"), text);
    });
    add(menu, tr("&Licences"), {}, this, [this] {
        QFile lucide(QStringLiteral(":/lucide-licence.txt"));
        const QString icons = lucide.open(QIODevice::ReadOnly) ? QString::fromUtf8(lucide.readAll()) : QString();
        showText(this, tr("Licences"),
            tr("Recoscope is free software under the GNU General Public License, version 3 or later; its engine "
               "may be used alone under the MIT licence.\n\nQt 6: LGPL 3. QCustomPlot: GPL 3 or later. LibTorch: "
               "BSD 3-Clause. SQLite: public domain.\n\nIcons: Lucide 0.575.0 (ISC, parts MIT), lucide.dev\n\n")
                + icons);
    });
    add(menu, tr("&About"), {}, this, [this] {
        QMessageBox::about(this, tr("About Recoscope"),
            tr("Recoscope %1\n\nA workbench for sequential recommenders.").arg(QApplication::applicationVersion()));
    });
}

} // namespace recoscope
