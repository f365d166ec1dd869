// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QSignalSpy>
#include <QTest>
#include <QUndoStack>

#include "widgets/core/selection.h"

using namespace recoscope;

// The one selection: signals say which field changed, each change can be undone, stepping is one step.
class SelectionTest : public QObject {
    Q_OBJECT

private slots:
    void changeNamesItsFieldsAndIsUndone()
    {
        QUndoStack undo;
        Selection selection(&undo);
        QSignalSpy changed(&selection, &Selection::changed);
        selection.setRunA(QStringLiteral("a"));
        QCOMPARE(changed.count(), 1);
        QVERIFY(changed[0][0].value<SelectionFields>() == SelectionFields(SelectionField::RunA));
        selection.setRunA(QStringLiteral("a"));
        QCOMPARE(changed.count(), 1); // nothing changed
        undo.undo();
        QCOMPARE(selection.runA(), QString());
        undo.redo();
        QCOMPARE(selection.runA(), QStringLiteral("a"));
    }

    void anotherDatasetClearsUserAndItem()
    {
        QUndoStack undo;
        Selection selection(&undo);
        selection.restore({QStringLiteral("one"), {}, {}, 5, 7, -1, -1});
        selection.setDataset(QStringLiteral("two"));
        QCOMPARE(selection.user(), -1);
        QCOMPARE(selection.item(), -1);
        undo.undo();
        QCOMPARE(selection.user(), 5);
        QCOMPARE(selection.item(), 7);
    }

    void runABringsItsDatasetInOneUndoStep()
    {
        QUndoStack undo;
        Selection selection(&undo);
        selection.setDatasetOf([](const QString& run) { return run.isEmpty() ? QString() : run.left(3); });
        const SelectionState before{
            QStringLiteral("one"), QStringLiteral("one-a"), QStringLiteral("one-b"), 5, 7, 1, 2};
        selection.restore(before);
        selection.setRunA(QStringLiteral("one-c"));
        QCOMPARE(selection.user(), 5);
        selection.setRunA(QStringLiteral("two-a"));
        const SelectionState other{QStringLiteral("two"), QStringLiteral("two-a"), {}, -1, -1, 1, 2};
        QVERIFY(selection.state() == other);
        undo.undo();
        undo.undo();
        QVERIFY(selection.state() == before);
        // A run of the same dataset stays as run B.
        selection.setRunB(QStringLiteral("two-b"));
        selection.setRunA(QStringLiteral("two-a"));
        QCOMPARE(selection.runB(), QStringLiteral("two-b"));
        // Another dataset leaves out the runs of this one.
        selection.setDataset(QStringLiteral("one"));
        QVERIFY(selection.runA().isEmpty() && selection.runB().isEmpty());
        undo.undo();
        // No run A leaves the dataset.
        selection.setRunA({});
        QCOMPARE(selection.dataset(), QStringLiteral("two"));
    }

    void steppingThroughUsersIsOneUndoStep()
    {
        QUndoStack undo;
        Selection selection(&undo);
        for (int user = 0; user < 10; ++user)
            selection.setUser(user);
        QCOMPARE(undo.count(), 1);
        undo.undo();
        QCOMPARE(selection.user(), -1);
    }

    void swapExchangesTheRuns()
    {
        QUndoStack undo;
        Selection selection(&undo);
        selection.restore({{}, QStringLiteral("a"), QStringLiteral("b"), -1, -1, -1, -1});
        selection.swapRuns();
        QCOMPARE(selection.runA(), QStringLiteral("b"));
        QCOMPARE(selection.runB(), QStringLiteral("a"));
    }
};

QTEST_GUILESS_MAIN(SelectionTest)
#include "tst_selection.moc"
