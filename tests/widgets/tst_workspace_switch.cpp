// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include "app/workbench.h"
#include "engine/workspace/workspace.h"

using namespace recoscope;

// Another workspace is opened from the menu: the window is replaced, its workspace too, and a bad folder changes
// nothing.
class WorkspaceSwitchTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QStandardPaths::setTestModeEnabled(true);
        QCoreApplication::setOrganizationName(QStringLiteral("RecoscopeTest"));
        QCoreApplication::setApplicationName(QStringLiteral("WorkspaceSwitchTest"));
        QSettings().clear();
    }

    void menuOpensAnotherWorkspaceAndBack()
    {
        const QString first = folder(QStringLiteral("first"));
        const QString second = folder(QStringLiteral("second"));
        Workbench workbench(first, false);
        workbench.open();
        workbench.window().openView(QStringLiteral("settings"));
        QCOMPARE(workspaceOf(workbench), first);
        choose(workbench, second);
        QTRY_COMPARE(workspaceOf(workbench), second);
        QVERIFY(workbench.window().isVisible());
        QCOMPARE(QSettings().value(QStringLiteral("workspace")).toString(), second);
        choose(workbench, first);
        QTRY_COMPARE(workspaceOf(workbench), first);
        QTRY_COMPARE(workbench.window().currentView(), QStringLiteral("settings")); // as it was left
    }

    void damagedWorkspaceLeavesTheOpenOne()
    {
        const QString good = folder(QStringLiteral("good"));
        const QString bad = folder(QStringLiteral("bad"));
        QFile database(bad + QStringLiteral("/recoscope.db"));
        QVERIFY(database.open(QIODevice::WriteOnly));
        database.write("this is no database, but long enough to look like a damaged one");
        database.close();
        Workbench workbench(good, false);
        workbench.open();
        bool warned = false;
        QTimer answer;
        connect(&answer, &QTimer::timeout, this, [&] {
            if (auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget())) {
                warned = !box->text().isEmpty();
                box->accept();
            }
        });
        answer.start(5);
        choose(workbench, bad);
        QTRY_VERIFY(warned);
        QTRY_VERIFY(workbench.window().isVisible());
        QCOMPARE(workspaceOf(workbench), good);
    }

private:
    QString folder(const QString& name) const
    {
        const QString path = m_folder.filePath(name);
        return QDir().mkpath(path) ? path : QString();
    }

    static QString workspaceOf(Workbench& workbench)
    {
        return QString::fromStdString(workbench.context().workspace->folder().string());
    }

    // File > Open workspace…, the folder typed into the dialog.
    static void choose(Workbench& workbench, const QString& wanted)
    {
        QTimer typist;
        connect(&typist, &QTimer::timeout, &typist, [&] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            auto* field = dialog ? dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit")) : nullptr;
            if (!field)
                return;
            typist.stop();
            field->setText(wanted);
            QTest::keyClick(field, Qt::Key_Return);
        });
        typist.start(5);
        QMenuBar* bar = workbench.window().menuBar();
        QMenu* file = bar->actions().front()->menu();
        QTest::mouseClick(bar, Qt::LeftButton, {}, bar->actionGeometry(file->menuAction()).center());
        for (QAction* action : file->actions()) {
            if (action->text().contains(QStringLiteral("workspace")))
                QTest::mouseClick(file, Qt::LeftButton, {}, file->actionGeometry(action).center());
        }
    }

    QTemporaryDir m_folder;
};

QTEST_MAIN(WorkspaceSwitchTest)
#include "tst_workspace_switch.moc"
