// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QAction>
#include <QComboBox>
#include <QFile>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTabWidget>
#include <QTableView>
#include <QTemporaryDir>

#include <limits>

#include "engine/data/dataset.h"
#include "engine/data/dataset_writer.h"
#include "engine/data/prepared.h"
#include "tests/widgets/window_bench.h"
#include "widgets/plots/plot_view.h"
#include "widgets/plots/row_bars.h"
#include "widgets/views/data/distribution_charts.h"
#include "widgets/views/data/mark_shares.h"
#include "widgets/views/data/protocol_form.h"
#include "widgets/views/data/split_summary.h"

using namespace recoscope;

// The Data page of the real window on a small generated dataset.
class DataPageTest : public QObject {
    Q_OBJECT

private:
    QTemporaryDir m_folder;

    QString workspaceFolder() const { return m_folder.filePath(QStringLiteral("workspace")); }

    static QStringList linesOf(const QString& file)
    {
        QFile in(file);
        return in.open(QIODevice::ReadOnly) ? QString::fromUtf8(in.readAll()).split(u'\n', Qt::SkipEmptyParts)
                                            : QStringList();
    }

    // Sixty events of six users: every fifth a like, half of them on the search page, ten nowhere known.
    Path writeMarked() const
    {
        const QString name = m_folder.filePath(QStringLiteral("marked.csv"));
        QFile file(name);
        if (!file.open(QIODevice::WriteOnly))
            return {};
        file.write("user,item,time,event_type,surface\n");
        for (int i = 0; i < 60; ++i)
            file.write(QStringLiteral("u%1,i%2,%3,%4,%5\n")
                           .arg(i / 10)
                           .arg((i + i / 10) % 12)
                           .arg(1000000000 + 100 * i)
                           .arg(i % 5 == 4 ? u"like" : u"view",
                               i % 2 == 0       ? u"search"
                                   : i % 3 == 0 ? u""
                                                : u"feed")
                           .toUtf8());
        return name.toStdString();
    }

    static void openDataset(WindowBench& bench, const std::string& name)
    {
        bench.selection.setDataset(QString::fromStdString(name));
        QTRY_VERIFY_WITH_TIMEOUT(bench.library.dataset() && bench.library.dataset()->info().name == name, 60000);
        bench.window->openView(QStringLiteral("data"));
        bench.settle();
    }

    static int columnOf(const QTableView& table, const QString& title)
    {
        int column = 0;
        while (column < table.model()->columnCount()
            && table.model()->headerData(column, Qt::Horizontal).toString() != title)
            ++column;
        return column;
    }

    // Names the file in the dialog that the next action opens.
    static void nameNextFile(const QString& file)
    {
        QTimer::singleShot(0, qApp, [file] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog) {
                nameNextFile(file);
                return;
            }
            auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
            name->setText(file);
            QMetaObject::invokeMethod(dialog, "accept");
        });
    }

    QStringList exported(WindowBench& bench, const QString& action, const QString& name) const
    {
        const QString file = m_folder.filePath(name);
        nameNextFile(file);
        bench.find<QAction>(action)->trigger();
        bench.settle();
        return linesOf(file);
    }

private slots:
    void initTestCase()
    {
        useTestSettings();
        QCoreApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
        Workspace workspace(Path(workspaceFolder().toStdString()));
        Progress progress;
        workspace.generate({{"users", 160}, {"items", 120}}, 11, "small", progress);
        workspace.importFile(writeMarked(), "marked", {}, progress);
    }

    void eventsShowSurfacesAndKindsWhereTheDatasetHasThem()
    {
        WindowBench bench(workspaceFolder());
        openDataset(bench, "small");
        auto* table = bench.find<QTableView>(QStringLiteral("eventsTable"));
        const int surface = columnOf(*table, QStringLiteral("Surface"));
        const int kind = columnOf(*table, QStringLiteral("Kind"));
        QVERIFY(table->isColumnHidden(surface) && table->isColumnHidden(kind));
        openDataset(bench, "marked");
        QVERIFY(!table->isColumnHidden(surface) && !table->isColumnHidden(kind));
        bench.find<QTabWidget>(QStringLiteral("dataTabs"))->setCurrentIndex(1);
        const int last = table->model()->rowCount() - 1;
        const auto cell = [table](int row, int column) { return table->model()->index(row, column).data().toString(); };
        const auto clickHeader = [table](int column) {
            const QPoint title(table->horizontalHeader()->sectionViewportPosition(column) + 8, 8);
            QTest::mouseClick(table->horizontalHeader()->viewport(), Qt::LeftButton, {}, title);
        };
        QCOMPARE(cell(0, kind), QStringLiteral("view"));
        clickHeader(kind);
        QCOMPARE(cell(0, kind), QStringLiteral("like"));
        QCOMPARE(cell(last, kind), QStringLiteral("view"));
        for (const char* first : {"feed", "search"}) { // up, then down: what nobody knows is last in both
            clickHeader(surface);
            QCOMPARE(cell(0, surface), QLatin1String(first));
            QCOMPARE(cell(last, surface), QStringLiteral("—"));
        }
        openDataset(bench, "small");
        QVERIFY(table->isColumnHidden(surface) && table->isColumnHidden(kind));
    }

    void feedbackThatNobodyKnowsComesLast()
    {
        const float unknown = std::numeric_limits<float>::quiet_NaN();
        DatasetWriter writer(
            Path(workspaceFolder().toStdString()) / "datasets" / "listened", "listened", "test", "none");
        const std::int32_t user = writer.userIndex("u");
        for (const float played : {80.0f, unknown, 20.0f, unknown, unknown, 100.0f, unknown, 50.0f})
            writer.addRow(user, writer.itemIndex("i"), std::nullopt, played);
        Progress progress;
        writer.finish({}, progress);
        WindowBench bench(workspaceFolder());
        openDataset(bench, "listened");
        auto* table = bench.find<QTableView>(QStringLiteral("eventsTable"));
        const int feedback = columnOf(*table, QStringLiteral("Feedback"));
        QVERIFY(!table->isColumnHidden(feedback));
        QVERIFY(table->isColumnHidden(columnOf(*table, QStringLiteral("Time (UTC)"))));
        for (const auto& [order, first] : {std::pair(Qt::AscendingOrder, "20.0"), {Qt::DescendingOrder, "100.0"}}) {
            table->sortByColumn(feedback, order);
            bench.settle();
            QTRY_COMPARE(table->model()->index(0, feedback).data().toString(), QLatin1String(first));
            for (const int last : {4, 5, 6, 7})
                QCOMPARE(table->model()->index(last, feedback).data().toString(), QStringLiteral("—"));
        }
    }

    void theOverviewTellsTheSharesOfSurfacesAndKinds()
    {
        WindowBench bench(workspaceFolder());
        openDataset(bench, "marked");
        const auto rowsOf = [&](const char* name) {
            QStringList rows;
            for (const RowBars::Row& row : bench.find<RowBars>(QLatin1String(name))->rows())
                rows << row.label + u' ' + row.text;
            return rows.join(QStringLiteral(", "));
        };
        QCOMPARE(rowsOf("kindsBars"), QStringLiteral("view 80.0 %, like 20.0 %"));
        QCOMPARE(rowsOf("surfacesBars"), QStringLiteral("search 50.0 %, feed 33.3 %, not known 16.7 %"));
        const auto shown = [&](const char* name) {
            return bench.find<QWidget>(QLatin1String(name))->isVisibleTo(bench.window.get());
        };
        QVERIFY(shown("kindsPanel") && shown("surfacesPanel"));
        openDataset(bench, "small");
        QVERIFY(!shown("kindsPanel") && !shown("surfacesPanel"));
    }

    void aLongListOfNamesEndsInTheirSum()
    {
        Theme theme;
        MarkShares shares(theme);
        DatasetStatistics statistics;
        statistics.interactions = 100;
        for (const int events : {40, 20, 15, 12, 6, 4})
            statistics.kinds.push_back({"kind " + std::to_string(events), events});
        statistics.kinds.push_back({std::nullopt, 3});
        shares.setStatistics(statistics);
        const auto& rows = shares.findChild<RowBars*>(QStringLiteral("kindsBars"))->rows();
        QCOMPARE(rows.size(), std::size_t(4));
        QCOMPARE(rows[2].label + u' ' + rows[2].text, QStringLiteral("kind 15 15.0 %"));
        QCOMPARE(rows[3].label + u' ' + rows[3].text, QStringLiteral("4 more 25.0 %"));
        QVERIFY(shares.findChild<QWidget*>(QStringLiteral("surfacesPanel"))->isHidden());
        QVERIFY(!shares.isHidden());
        shares.clear();
        QVERIFY(shares.isHidden());
    }

    void preparedEventsAndStatisticsAreExported()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("data"));
        bench.settle();
        Progress progress;
        const auto data = bench.workspace->prepareData("small", Protocol(), progress);
        const QStringList events = exported(bench, QStringLiteral("exportEvents"), QStringLiteral("events.csv"));
        QCOMPARE(events.size(), data->interactions() + 1);
        QCOMPARE(events.front(), QStringLiteral("user,item,time,part"));
        const auto tested
            = std::count_if(events.begin(), events.end(), [](const QString& line) { return line.endsWith(u"test"); });
        QCOMPARE(static_cast<std::size_t>(tested), data->evaluatedUsers(SplitPart::Test).size());

        const QStringList statistics
            = exported(bench, QStringLiteral("exportStatistics"), QStringLiteral("statistics.csv"));
        QVERIFY(statistics.contains(
            QStringLiteral("figure,interactions,,%1").arg(bench.library.dataset()->info().interactions)));
        const QStringList findings = exported(bench, QStringLiteral("exportFindings"), QStringLiteral("lint.csv"));
        QVERIFY(findings.front().startsWith(QStringLiteral("code,severity,count")));
    }

    void distributionsSwitchBetweenLogAndLinear()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("data"));
        bench.settle();
        auto* lengths = bench.find<PlotView>(QStringLiteral("lengthsPlot"));
        const auto usersShown = [lengths] {
            double sum = 0;
            for (const double y : lengths->model().series.front().y)
                sum += y;
            return static_cast<qint64>(sum);
        };
        const qint64 users = bench.library.dataset()->info().users;
        QVERIFY(lengths->model().x.name.contains(QStringLiteral("log")));
        QCOMPARE(usersShown(), users);
        bench.find<QAction>(QStringLiteral("lengthsPlotLogX"))->trigger();
        QVERIFY(!lengths->model().x.name.contains(QStringLiteral("log")));
        QCOMPARE(usersShown(), users); // the same users in other bins
        QVERIFY(lengths->model().series.front().mark == PlotMark::Bars);
        bench.find<QAction>(QStringLiteral("lengthsPlotLogY"))->trigger();
        QVERIFY(lengths->model().y.log);
        QVERIFY(lengths->model().series.front().mark == PlotMark::LinePoints); // no bars on a log axis
        QCOMPARE(usersShown(), users);
    }

    void theLintTabExplainsAndAppliesARemedy()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("data"));
        bench.settle();
        auto* tabs = bench.find<QTabWidget>(QStringLiteral("dataTabs"));
        auto* explained = bench.find<QWidget>(QStringLiteral("lintExplained"));
        auto* brief = bench.find<QWidget>(QStringLiteral("lintList"));
        QTRY_VERIFY(!explained->findChildren<QPushButton*>().isEmpty());
        // Popularity alone is told in both, as a number that the engine gives.
        QTRY_VERIFY(brief->findChild<QPushButton*>(QStringLiteral("lintPopularity")));
        QPushButton* show = nullptr;
        for (QPushButton* button : explained->findChildren<QPushButton*>()) {
            if (button->objectName().startsWith(QStringLiteral("lintExamples")))
                show = button;
        }
        if (show) {
            tabs->setCurrentIndex(3);
            QTest::mouseClick(show, Qt::LeftButton);
            QCOMPARE(show->text(), QStringLiteral("Hide the examples"));
        }
        brief->findChild<QPushButton*>(QStringLiteral("lintPopularity"))->click();
        QTRY_COMPARE(bench.window->currentView(), QStringLiteral("train"));
        QCOMPARE(bench.find<QComboBox>(QStringLiteral("trainModel"))->currentData().toString(),
            QStringLiteral("most_popular"));
    }

    void theSplitPreviewFollowsTheForm()
    {
        WindowBench bench(workspaceFolder());
        bench.open(QStringLiteral("small"), QStringLiteral("data"));
        bench.settle();
        bench.find<QTabWidget>(QStringLiteral("dataTabs"))->setCurrentIndex(4);
        auto* parts = bench.find<QLabel>(QStringLiteral("splitParts"));
        const auto expect = [&](const Protocol& protocol) {
            Progress progress;
            const SplitSummary split
                = summariseSplit(*bench.workspace->prepareData("small", protocol, progress), progress);
            return QStringLiteral("%1 users tested").arg(split.testUsers);
        };
        QTRY_VERIFY(parts->text().contains(expect(Protocol())));
        Protocol wanted;
        wanted.set("split", "global_time:0.9");
        bench.type(QStringLiteral("dataProtocol_split_text"), QStringLiteral("global_time:0.9"));
        QTest::keyClick(bench.find<QLineEdit>(QStringLiteral("dataProtocol_split_text")), Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(parts->text().contains(expect(wanted)), 20000);
        bench.settle();
    }

    void seldomSetKeysOfAProtocolComeOutWhenTheyMatter()
    {
        ProtocolForm form(QStringLiteral("some"));
        const auto shown = [&](const char* key) {
            return form.findChild<QComboBox*>(QStringLiteral("some_") + QString::fromLatin1(key))->isVisibleTo(&form);
        };
        QVERIFY(shown("split") && !shown("targets") && !shown("cold_items"));
        auto* more = form.findChild<QPushButton*>(QStringLiteral("some_more"));
        more->click();
        QVERIFY(shown("targets") && shown("preset"));
        more->click();
        QVERIFY(!shown("targets"));

        Protocol cold;
        cold.set("cold_items", "0.05:3");
        form.setProtocol(cold);
        QVERIFY2(shown("cold_items"), "what differs from the default is never hidden");
        QCOMPARE(
            form.findChild<QComboBox*>(QStringLiteral("some_cold_items"))->currentText(), QStringLiteral("0.05:3"));
        QCOMPARE(form.findChild<QComboBox*>(QStringLiteral("some_metrics_at"))->currentText(),
            QStringLiteral("1,5,10,20,50"));

        QSignalSpy changed(&form, &ProtocolForm::changed);
        form.set(QStringLiteral("preset"), QStringLiteral("yambda_like"));
        QCOMPARE(changed.count(), 1);
        Protocol wanted = cold;
        wanted.set("preset", "yambda_like");
        QCOMPARE(QString::fromStdString(form.protocol().hash()), QString::fromStdString(wanted.hash()));
        form.set(QStringLiteral("metrics_at"), QStringLiteral("5,ten"));
        QCOMPARE(changed.count(), 1);
        QVERIFY(form.findChild<QLabel*>(QStringLiteral("some_error"))->text().contains(QStringLiteral("ten")));
        QCOMPARE(QString::fromStdString(form.protocol().hash()), QString::fromStdString(wanted.hash()));
    }

    void splitSummaryCountsEveryEventOnce()
    {
        Workspace workspace(Path(workspaceFolder().toStdString()));
        Progress progress;
        for (const char* cut : {"leave_one_out", "global_time:0.8", "global_time:0.8:1d"}) {
            Protocol protocol;
            protocol.set("split", cut);
            const auto data = workspace.prepareData("small", protocol, progress);
            const SplitSummary split = summariseSplit(*data, progress);
            QCOMPARE(split.events, data->interactions());
            QCOMPARE(split.trainEvents + split.unusedEvents + split.validUsers + split.testUsers, split.events);
            for (const SplitExample& one : split.examples)
                QVERIFY(one.train + one.valid + one.test <= one.events);
            for (std::size_t i = 1; i < split.examples.size(); ++i)
                QVERIFY(split.examples[i - 1].events <= split.examples[i].events);
        }
    }
};

QTEST_MAIN(DataPageTest)
#include "tst_data_page.moc"
