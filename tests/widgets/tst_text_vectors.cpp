// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The text encoder that is fetched after its licences are accepted, and the vectors of a dataset's titles, by mouse.
#include <csignal>
#include <sys/types.h>

#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QPlainTextEdit>
#include <QTemporaryDir>

#include "engine/core/npy.h"
#include "engine/workspace/workspace.h"
#include "tests/engine/text/model_folder.h"
#include "tests/widgets/window_bench.h"
#include "widgets/core/encoder_package.h"
#include "widgets/frame/banner.h"
#include "widgets/views/data/text_vectors_dialog.h"

namespace recoscope {

class TextVectorsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        useTestSettings();
        const Path model(m_folder.filePath(QStringLiteral("model")).toStdString());
        std::filesystem::create_directories(model);
        test::writeModel(model, test::smallBert(), test::smallWeights(test::smallBert(), ""));
        test::writeTokenizer(model);
        m_bench = std::make_unique<WindowBench>(m_folder.filePath(QStringLiteral("workspace")));
        emit m_bench->navigator.sampleRequested();
        QTRY_VERIFY_WITH_TIMEOUT(!m_bench->library.datasets().empty(), 60000);
        m_bench->settle();
    }
    void cleanupTestCase() { m_bench.reset(); }

    void thePinnedEncoderSaysItsHashAndLicences()
    {
        TextVectorsDialog dialog(m_bench->context, encoderScript());
        dialog.open();
        const auto* terms = dialog.findChild<QPlainTextEdit*>(QStringLiteral("textVectorsTerms"));
        QTRY_VERIFY_WITH_TIMEOUT(!terms->toPlainText().isEmpty(), 10000);
        for (const char* word : {"SHA-256", "Apache License 2.0", "MIT License", "84 MB"})
            QVERIFY2(terms->toPlainText().contains(QLatin1String(word)), word);
        QVERIFY(!terms->toPlainText().contains(QStringLiteral("--accept-licence")));
        QVERIFY(!act(dialog)->isEnabled());
        QVERIFY(!QFile::exists(m_folder.filePath(QStringLiteral("workspace/encoders"))));
    }

    void whyItCannotBeFetchedIsToldInTheDialog()
    {
        TextVectorsDialog dialog(m_bench->context,
            script(QStringLiteral("echo 'error: the package index could not be asked'; echo 'hint: check the network'; "
                                  "exit 6")));
        dialog.open();
        acceptAndGet(dialog);
        const auto* banner = dialog.findChild<Banner*>();
        QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), 10000);
        QVERIFY2(banner->text().contains(QStringLiteral("could not be asked")), qPrintable(banner->text()));
        QVERIFY2(banner->text().contains(QStringLiteral("check the network")), qPrintable(banner->text()));
        QVERIFY(act(dialog)->isEnabled());
    }

    void cancellingEndsTheProgramsOfTheScript()
    {
        const QString note = m_folder.filePath(QStringLiteral("pid"));
        TextVectorsDialog dialog(m_bench->context,
            script(QStringLiteral("sleep 300 & echo $! > '%1.part'; mv '%1.part' '%1'; wait").arg(note)));
        dialog.open();
        acceptAndGet(dialog);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(note), 10000);
        QFile file(note);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto child = static_cast<pid_t>(file.readAll().trimmed().toInt());
        QVERIFY(child > 0 && ::kill(child, 0) == 0);
        click(dialog, "textVectorsClose"); // "Cancel" now
        const auto* banner = dialog.findChild<Banner*>();
        QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), 10000);
        QVERIFY(banner->text().contains(QStringLiteral("Cancelled")));
        QTRY_VERIFY_WITH_TIMEOUT(::kill(child, 0) != 0, 10000);
        QVERIFY(dialog.isVisible());
    }

    void aFetchedEncoderEncodesTheTitles()
    {
        // Copies a small model where the real script puts the fetched one.
        TextVectorsDialog dialog(m_bench->context,
            script(QStringLiteral("printf '###  19.8%%\\r######  100.0%%\\n'; mkdir -p \"$2/encoders\"; "
                                  "cp -r '%1' \"$2/encoders/all-MiniLM-L6-v2\"")
                       .arg(m_folder.filePath(QStringLiteral("model")))));
        dialog.open();
        acceptAndGet(dialog);
        QTRY_COMPARE_WITH_TIMEOUT(act(dialog)->text(), QStringLiteral("Encode titles"), 20000);
        QVERIFY(!dialog.findChild<QPlainTextEdit*>(QStringLiteral("textVectorsTerms"))->isVisible());
        const std::int64_t items = m_bench->library.datasets().front().items;
        for (const bool first : {true, false}) {
            click(dialog, "textVectorsAct");
            const auto* banner = dialog.findChild<Banner*>();
            const QString told = QStringLiteral("%1 titles, %2 of them").arg(items).arg(first ? items : 0);
            QTRY_VERIFY2_WITH_TIMEOUT(banner->text().contains(told), qPrintable(banner->text()), 20000);
            QTRY_VERIFY_WITH_TIMEOUT(act(dialog)->isEnabled(), 10000);
        }
        const QString target = dialog.findChild<QLabel*>(QStringLiteral("textVectorsTarget"))->text();
        const QString name = QStringLiteral("sample.all-MiniLM-L6-v2.npy");
        QVERIFY2(target.endsWith(name), qPrintable(target));
        const NpyArray written(m_bench->workspace->folder() / "text_vectors" / name.toStdString());
        QCOMPARE(written.shape(), (std::vector<std::int64_t>{items, 8}));
    }

private:
    // Says its terms unless they are accepted; then it does `deed`.
    QString script(const QString& deed)
    {
        const QString name = m_folder.filePath(QStringLiteral("script%1.sh").arg(++m_scripts));
        QFile file(name);
        if (file.open(QIODevice::WriteOnly))
            file.write(
                QStringLiteral("if [ \"$1\" != --accept-licence ]; then echo 'terms of a test'; exit 0; fi\n%1\n")
                    .arg(deed)
                    .toUtf8());
        return name;
    }
    static QPushButton* act(const QDialog& dialog)
    {
        return dialog.findChild<QPushButton*>(QStringLiteral("textVectorsAct"));
    }
    static void click(const QDialog& dialog, const char* name)
    {
        auto* button = dialog.findChild<QPushButton*>(QLatin1String(name));
        QVERIFY(button && button->isVisible() && button->isEnabled());
        QTest::mouseClick(button, Qt::LeftButton);
    }
    static void acceptAndGet(const QDialog& dialog)
    {
        QTest::mouseClick(
            dialog.findChild<QCheckBox*>(QStringLiteral("textVectorsAccept")), Qt::LeftButton, {}, QPoint(8, 10));
        QTRY_VERIFY_WITH_TIMEOUT(act(dialog)->isEnabled(), 10000); // once the terms are there
        click(dialog, "textVectorsAct");
    }

    QTemporaryDir m_folder;
    std::unique_ptr<WindowBench> m_bench;
    int m_scripts = 0;
};

} // namespace recoscope

QTEST_MAIN(recoscope::TextVectorsTest)
#include "tst_text_vectors.moc"
