// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The real window on a real workspace, for tests that drive it by mouse and keyboard.
#pragma once

#include <memory>

#include <QApplication>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QStandardPaths>
#include <QTest>
#include <QTimer>
#include <QUndoStack>

#include "engine/workspace/workspace.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/main_window.h"
#include "widgets/frame/theme.h"
#include "widgets/views/view.h"

namespace recoscope {

// Settings of tests never touch those of the user.
inline void useTestSettings()
{
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName(QStringLiteral("RecoscopeTest"));
    QCoreApplication::setApplicationName(QCoreApplication::applicationFilePath().section(u'/', -1));
    QSettings().clear();
}

class WindowBench {
public:
    explicit WindowBench(const QString& folder)
        : workspace(std::make_shared<Workspace>(Path(folder.toStdString())))
        , library(workspace, jobs, selection)
        , training(workspace, jobs)
        , context{selection, jobs, library, training, workspace, theme, undo, navigator}
    {
        theme.setMode(ThemeMode::Light);
        theme.apply();
        window = std::make_unique<MainWindow>(context);
        window->show();
    }

    template <class T> T* find(const QString& name) const { return window->findChild<T*>(name); }
    void click(const QString& name) const
    {
        // What a job does to the window arrives some 50 ms later, as a user would see it.
        auto* button = find<QAbstractButton>(name);
        QTRY_VERIFY2_WITH_TIMEOUT(button && button->isVisible() && button->isEnabled(), qPrintable(name), 5000);
        QTest::mouseClick(button, Qt::LeftButton);
    }
    // Replaces the text of a field by typing.
    void type(const QString& name, const QString& text) const
    {
        auto* field = find<QLineEdit>(name);
        QVERIFY2(field, qPrintable(name));
        field->setFocus();
        QTest::keyClick(field, Qt::Key_A, Qt::ControlModifier);
        QTest::keyClicks(field, text);
    }
    void open(const QString& dataset, const QString& page)
    {
        selection.setDataset(dataset);
        QTRY_VERIFY_WITH_TIMEOUT(library.dataset() != nullptr && library.loaded(), 60000);
        window->openView(page);
    }
    void settle() const { QTRY_VERIFY_WITH_TIMEOUT(jobs.active().empty(), 120000); }

    Theme theme;
    std::shared_ptr<Workspace> workspace;
    QUndoStack undo;
    Navigator navigator;
    Selection selection{&undo};
    Jobs jobs;
    Library library;
    TrainingQueue training;
    WorkbenchContext context;
    std::unique_ptr<MainWindow> window;
};

// Presses a button of the message box that the next action opens.
inline void answerNextQuestion(QMessageBox::StandardButton button)
{
    QTimer::singleShot(0, qApp, [button] {
        auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
        if (box)
            QTest::mouseClick(box->button(button), Qt::LeftButton);
        else
            answerNextQuestion(button);
    });
}

} // namespace recoscope
