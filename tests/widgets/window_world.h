// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The real window over the small workspace of the page tests, with settings of its own, and a hand for mouse and menus.
#pragma once

#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QSettings>
#include <QStandardPaths>

#include "page_world.h"
#include "widgets/frame/main_window.h"

namespace recoscope {

class WindowWorld : public PageWorld {
public:
    WindowWorld()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("RecoscopeTest"));
        QCoreApplication::setApplicationName(QCoreApplication::applicationFilePath().section(u'/', -1));
        QSettings().clear();
    }

    // A new window on the chosen selection; the one before is closed.
    void openWindow(const QSize& size = {1440, 900})
    {
        window.reset();
        choose();
        undo->clear();
        window = std::make_unique<MainWindow>(*context);
        window->resize(size);
        window->show();
        window->activateWindow();
        [&] { QVERIFY(QTest::qWaitForWindowActive(window.get())); }();
        choose();
    }

    template <class T> T* find(const char* name) const
    {
        T* found = window->findChild<T*>(QLatin1String(name));
        if (!found)
            qWarning("no widget is called %s", name);
        return found;
    }

    // With the mouse: a menu of the menu bar, then the entry.
    void chooseFromMenu(const QString& menu, const QString& entry) const
    {
        QMenuBar* bar = window->menuBar();
        QAction* top = actionCalled(bar->actions(), menu);
        QTest::mouseClick(bar, Qt::LeftButton, {}, bar->actionGeometry(top).center());
        QMenu* opened = top->menu();
        QVERIFY(opened->isVisible());
        QTest::mouseClick(
            opened, Qt::LeftButton, {}, opened->actionGeometry(actionCalled(opened->actions(), entry)).center());
        QTRY_VERIFY(!opened->isVisible());
        window->activateWindow(); // without a window manager nothing else gives it back what the menu took
        QTRY_VERIFY(window->isActiveWindow());
    }

    static QAction* actionCalled(const QList<QAction*>& actions, const QString& text)
    {
        for (QAction* action : actions) {
            if (action->text().remove(u'&') == text)
                return action;
        }
        qFatal("no action is called %s", qPrintable(text));
        return nullptr;
    }

    std::unique_ptr<MainWindow> window;
};

} // namespace recoscope
