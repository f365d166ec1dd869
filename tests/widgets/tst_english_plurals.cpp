// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QCoreApplication>
#include <QTest>

#include "widgets/core/english_plurals.h"

using namespace recoscope;

class EnglishPluralsTest : public QObject {
    Q_OBJECT

private slots:
    void oneAndMany()
    {
        EnglishPlurals plurals;
        QVERIFY(QCoreApplication::installTranslator(&plurals));
        QCOMPARE(QCoreApplication::translate("x", "%n run(s)", nullptr, 1), QStringLiteral("1 run"));
        QCOMPARE(QCoreApplication::translate("x", "Move %n run(s) to the bin", nullptr, 4),
            QStringLiteral("Move 4 runs to the bin"));
        QCOMPARE(
            QCoreApplication::translate("x", "%n event(s) removed", nullptr, 0), QStringLiteral("0 events removed"));
        // Without a number the text is left as it is.
        QCOMPARE(QCoreApplication::translate("x", "File(s)"), QStringLiteral("File(s)"));
    }
};

QTEST_MAIN(EnglishPluralsTest)
#include "tst_english_plurals.moc"
