// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QMimeData>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>

#include "engine/data/dataset.h"
#include "tests/engine/data/local_server.h"
#include "tests/widgets/window_bench.h"
#include "widgets/frame/banner.h"
#include "widgets/views/data/download_dialog.h"
#include "widgets/views/data/import_dialog.h"

using namespace recoscope;

// How data comes into the workspace: files dropped on the window, the import dialog, "Get MovieLens".
class DataIntakeTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    QString write(const QString& name, const QByteArray& content) const
    {
        QFile file(m_folder.filePath(name));
        if (!file.open(QIODevice::WriteOnly))
            return {};
        file.write(content);
        return file.fileName();
    }

    // Sixty events of six users and twelve items.
    static QByteArray plainTable()
    {
        QByteArray text = "user,item,time\n";
        for (int user = 0; user < 6; ++user) {
            for (int i = 0; i < 10; ++i)
                text += "u" + QByteArray::number(user) + ",i" + QByteArray::number((user + i) % 12) + ","
                    + QByteArray::number(1000000000 + 100 * i) + "\n";
        }
        return text;
    }

    static void drop(QWidget& window, const QString& file)
    {
        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(file)});
        const QPoint centre = window.rect().center();
        QDragEnterEvent enter(centre, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&window, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent event(centre, Qt::CopyAction, &data, Qt::LeftButton, {});
        QApplication::sendEvent(&window, &event);
    }

    static ImportDialog* openDialog(const WindowBench& bench)
    {
        for (ImportDialog* dialog : bench.window->findChildren<ImportDialog*>()) {
            if (dialog->isVisible())
                return dialog;
        }
        return nullptr;
    }

    static QPushButton* button(const QDialog& dialog, const char* name)
    {
        return dialog.findChild<QPushButton*>(QLatin1String(name));
    }

    static void choose(QComboBox* box, const QString& data)
    {
        box->setCurrentIndex(box->findData(data));
        emit box->activated(box->currentIndex());
    }

private slots:
    void initTestCase() { useTestSettings(); }

    void aDroppedFileIsPreviewedAndImported()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("dropped")));
        const QString file = write(QStringLiteral("shop.csv"),
            "user_id,item_id,timestamp\nu1,i1,1000000000\nu1,i2,1000000100\nu2,i1,1000000200\nu2,i3,oops\n");
        drop(*bench.window, file);
        ImportDialog* dialog = openDialog(bench);
        QVERIFY(dialog);
        auto* table = dialog->findChild<QTableWidget*>(QStringLiteral("importPreview"));
        QTRY_COMPARE_WITH_TIMEOUT(table->columnCount(), 3, 10000);
        QCOMPARE(table->item(1, 0)->text(), QStringLiteral("u1"));
        QCOMPARE(dialog->findChild<QComboBox*>(QStringLiteral("importRole1"))->currentData().toString(),
            QStringLiteral("item"));
        QCOMPARE(dialog->datasetName(), QStringLiteral("shop"));
        QTest::mouseClick(button(*dialog, "importButton"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() != nullptr, 20000);
        QCOMPARE(bench.selection.dataset(), QStringLiteral("shop"));
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("data"));
        // The row without a time is left out, counted and named.
        const ImportReport& report = bench.library.dataset()->info().report;
        QCOMPARE(report.rowsRead, std::int64_t(4));
        QCOMPARE(report.rowsKept, std::int64_t(3));
        bench.settle();
    }

    void rolesCanBeChanged()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("roles")));
        emit bench.navigator.importRequested({write(QStringLiteral("plain.csv"), plainTable())});
        ImportDialog* dialog = openDialog(bench);
        QVERIFY(dialog);
        auto* table = dialog->findChild<QTableWidget*>(QStringLiteral("importPreview"));
        QTRY_COMPARE_WITH_TIMEOUT(table->columnCount(), 3, 10000);
        const auto role
            = [&](int column) { return dialog->findChild<QComboBox*>(QStringLiteral("importRole%1").arg(column)); };
        // The columns are swapped by hand: what was the item becomes the user.
        choose(role(1), QStringLiteral("user"));
        QTRY_COMPARE_WITH_TIMEOUT(role(1)->currentData().toString(), QStringLiteral("user"), 10000);
        choose(role(0), QStringLiteral("item"));
        QTRY_COMPARE_WITH_TIMEOUT(role(0)->currentData().toString(), QStringLiteral("item"), 10000);
        bench.settle();
        QCOMPARE(dialog->options().user, std::string("item"));
        QCOMPARE(dialog->options().item, std::string("user"));

        button(*dialog, "importClose")->click();
        bench.settle();
    }

    void surfacesAndKindsAreColumnsLikeOthers()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("marks")));
        drop(*bench.window,
            write(QStringLiteral("marks.csv"),
                "user,item,time,event_type,place\na,x,5,view,feed\na,y,6,like,\nb,x,7,view,\"top, left\"\n"));
        ImportDialog* dialog = openDialog(bench);
        QVERIFY(dialog);
        const auto role
            = [&](int column) { return dialog->findChild<QComboBox*>(QStringLiteral("importRole%1").arg(column)); };
        QTRY_VERIFY_WITH_TIMEOUT(role(4), 10000);
        QCOMPARE(role(3)->currentText(), QStringLiteral("Kind")); // by its name
        QCOMPARE(role(4)->currentText(), QStringLiteral("Not used"));
        role(4)->setFocus();
        QTest::keyClick(role(4), Qt::Key_S);
        bench.settle();
        QCOMPARE(role(4)->currentText(), QStringLiteral("Surface"));
        QCOMPARE(role(3)->currentText(), QStringLiteral("Kind"));
        QTest::keyClick(role(3), Qt::Key_Home); // not used after all, and that stays so
        bench.settle();
        QCOMPARE(role(3)->currentText(), QStringLiteral("Not used"));
        QTest::keyClick(role(3), Qt::Key_K);
        bench.settle();
        QTest::mouseClick(button(*dialog, "importButton"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() != nullptr, 20000);
        const DatasetInfo& info = bench.library.dataset()->info();
        QCOMPARE(info.kinds, (std::vector<std::string>{"view", "like"}));
        QCOMPARE(info.surfaces, (std::vector<std::string>{"feed", "top, left"}));
        QCOMPARE(info.report.warnings.size(), std::size_t(1)); // a row without a place
        bench.settle();
    }

    void columnsThatNobodyKnowsGetTheirRolesByHand()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("unknown")));
        drop(*bench.window, write(QStringLiteral("odd.csv"), "who;what;when\na;x;5\na;y;6\nb;x;7\n"));
        ImportDialog* dialog = openDialog(bench);
        QVERIFY(dialog);
        const auto role
            = [&](int column) { return dialog->findChild<QComboBox*>(QStringLiteral("importRole%1").arg(column)); };
        QTRY_VERIFY_WITH_TIMEOUT(role(2), 10000);
        QVERIFY(dialog->findChild<Banner*>()->text().contains(QStringLiteral("no column for the user")));
        QVERIFY(!button(*dialog, "importButton")->isEnabled());
        const QStringList wanted{QStringLiteral("user"), QStringLiteral("item"), QStringLiteral("time")};
        for (int column = 0; column < wanted.size(); ++column) {
            choose(role(column), wanted[column]);
            bench.settle();
            QCOMPARE(role(column)->currentData().toString(), wanted[column]);
        }
        QTest::mouseClick(button(*dialog, "importButton"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() != nullptr, 20000);
        QVERIFY(bench.library.dataset()->info().hasTimes);
        bench.settle();
    }

    void aRoleThatIsNotUsedStaysSo()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("timeless")));
        emit bench.navigator.importRequested({write(QStringLiteral("timeless.csv"), plainTable())});
        ImportDialog* dialog = openDialog(bench);
        QVERIFY(dialog);
        const auto time = [&] { return dialog->findChild<QComboBox*>(QStringLiteral("importRole2")); };
        QTRY_VERIFY_WITH_TIMEOUT(time(), 10000);
        choose(time(), QString());
        bench.settle();
        QCOMPARE(time()->currentData().toString(), QString());
        choose(time(), QStringLiteral("time"));
        bench.settle();
        QCOMPARE(time()->currentData().toString(), QStringLiteral("time"));
        QTest::mouseClick(button(*dialog, "importButton"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() != nullptr, 20000);
        QVERIFY(bench.library.dataset()->info().hasTimes);
        bench.settle();
    }

    void aFileThatCannotBeReadSaysSoInTheDialog()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("unreadable")));
        drop(*bench.window, write(QStringLiteral("empty.csv"), {}));
        ImportDialog* dialog = openDialog(bench);
        QVERIFY(dialog);
        auto* banner = dialog->findChild<Banner*>();
        QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), 10000);
        QVERIFY(banner->text().contains(QStringLiteral("cannot be read")));
        QVERIFY(!button(*dialog, "importButton")->isEnabled());
    }

    void anImportThatFailsComesBackWithTheReason()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("failing")));
        const QString file = write(QStringLiteral("gone.csv"), plainTable());
        emit bench.navigator.importRequested({file});
        ImportDialog* dialog = openDialog(bench);
        QTRY_VERIFY_WITH_TIMEOUT(button(*dialog, "importButton")->isEnabled(), 10000);
        QVERIFY(QFile::remove(file));
        QTest::mouseClick(button(*dialog, "importButton"), Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(dialog->isVisible() && dialog->findChild<Banner*>()->isVisible(), 10000);
        QVERIFY(dialog->findChild<Banner*>()->text().contains(QStringLiteral("Nothing was imported")));
        QVERIFY(bench.library.datasets().empty());
    }

    void movieLensIsFetchedAfterTheTermsAreAccepted()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("fetched")));
        const Archive archive(plainTable().toStdString(), m_folder.path());
        DownloadDialog dialog(bench.context, {archive.description}, archive.server.url(), bench.window.get());
        dialog.open();
        QVERIFY(!button(dialog, "downloadGet")->isEnabled());
        QTest::mouseClick(
            dialog.findChild<QCheckBox*>(QStringLiteral("downloadAccept")), Qt::LeftButton, {}, QPoint(8, 10));
        QVERIFY(button(dialog, "downloadGet")->isEnabled());
        QSignalSpy accepted(&dialog, &QDialog::accepted);
        QTest::mouseClick(button(dialog, "downloadGet"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(accepted.count(), 1, 30000);
        QCOMPARE(bench.workspace->openDataset("tiny")->info().interactions, std::int64_t(60));
        bench.settle();
    }

    void aWrongChecksumIsToldInTheDialog()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("checksum")));
        Archive archive(plainTable().toStdString(), m_folder.path());
        archive.description.md5 = std::string(32, '0');
        fetchAndFail(bench, archive.description, archive.server.url(), QStringLiteral("checksum"));
    }

    void aCutConnectionIsToldAndContinued()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("cut")));
        Archive archive(plainTable().toStdString(), m_folder.path());
        archive.server.cutAfter(200);
        DownloadDialog dialog(bench.context, {archive.description}, archive.server.url(), bench.window.get());
        dialog.open();
        fetch(dialog);
        auto* banner = dialog.findChild<Banner*>();
        QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), 30000);
        QVERIFY2(banner->text().contains(QStringLiteral("200 of")), qPrintable(banner->text()));
        QVERIFY(dialog.isVisible());
        QSignalSpy accepted(&dialog, &QDialog::accepted);
        QCOMPARE(button(dialog, "downloadGet")->text(), QStringLiteral("Try again"));
        QTest::mouseClick(button(dialog, "downloadGet"), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(accepted.count(), 1, 30000);
        QCOMPARE(archive.server.sent(), static_cast<std::int64_t>(archive.description.bytes));
        bench.settle();
    }

    void noNetworkIsToldInTheDialog()
    {
        WindowBench bench(m_folder.filePath(QStringLiteral("offline")));
        std::string url;
        DownloadableArchive description;
        {
            const Archive gone(plainTable().toStdString(), m_folder.path());
            url = gone.server.url();
            description = gone.description;
        }
        fetchAndFail(bench, description, url, QStringLiteral("cannot fetch"));
    }

private:
    struct Archive {
        Archive(const std::string& body, const QString& folder)
            : server(body)
            , description(describeArchive(body, Path(folder.toStdString())))
        {
            description.name = "tiny";
            description.url = "https://invalid.example/tiny.csv";
            description.terms = "Use it for tests only.";
        }
        LocalServer server;
        DownloadableArchive description;
    };

    static void fetch(DownloadDialog& dialog)
    {
        dialog.findChild<QCheckBox*>(QStringLiteral("downloadAccept"))->setChecked(true);
        QTest::mouseClick(button(dialog, "downloadGet"), Qt::LeftButton);
    }

    static void fetchAndFail(
        WindowBench& bench, const DownloadableArchive& archive, const std::string& url, const QString& word)
    {
        DownloadDialog dialog(bench.context, {archive}, url, bench.window.get());
        dialog.open();
        fetch(dialog);
        auto* banner = dialog.findChild<Banner*>();
        QTRY_VERIFY_WITH_TIMEOUT(banner->isVisible(), 30000);
        QVERIFY2(banner->text().contains(word), qPrintable(banner->text()));
        QVERIFY(dialog.isVisible());
        QVERIFY(button(dialog, "downloadGet")->isEnabled());
        QVERIFY(bench.workspace->store().datasets().empty());
        bench.settle();
    }
};

QTEST_MAIN(DataIntakeTest)
#include "tst_data_intake.moc"
