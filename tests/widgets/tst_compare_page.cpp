// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QLineEdit>
#include <QPushButton>

#include <array>

#include "export_check.h"
#include "page_world.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/row_table.h"
#include "widgets/plots/density_scatter.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/compare/compare_view.h"
#include "widgets/views/compare/forest_chart.h"

using namespace recoscope;

class TestComparePage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_world = std::make_unique<PageWorld>(); }
    void cleanupTestCase() { m_world.reset(); }
    void init()
    {
        m_world->choose();
        m_page = m_world->open<CompareView>();
        m_world->settle();
    }
    void cleanup() { m_page.reset(); }

    void differenceShowsEveryTestedUserOnce()
    {
        auto* forest = m_page->findChild<ForestChart*>(QStringLiteral("compareForest"));
        QTRY_VERIFY_WITH_TIMEOUT(forest->csv().count(u'\n') == 6, 30000);
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareLassoTable"));
        const auto users = m_world->workspace->store().userMetrics(m_world->sasrec, SplitPart::Test).size();
        QCOMPARE(static_cast<std::size_t>(table->model()->rowCount()), std::min<std::size_t>(users, 200));
        m_world->settle();
        m_world->picture(*m_page, QStringLiteral("compare"));
    }

    void runOfAnotherProtocolIsNamedAndNeverBest()
    {
        auto* banner = m_page->findChild<Banner*>();
        QTRY_VERIFY(banner->isVisible());
        QVERIFY2(banner->text().contains(QStringLiteral("mask_seen")), qPrintable(banner->text()));
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareTable"));
        for (int row = 0; row < table->model()->rowCount(); ++row) {
            const bool other
                = table->model()->index(row, 0).data(RowIdRole).toString().toStdString() == m_world->otherProtocol;
            QCOMPARE(table->model()->index(row, 3).data(DimmedRole).toBool(), other);
            if (other)
                QVERIFY(!table->model()->index(row, 3).data(BestRole).toBool());
        }
    }

    void unlikeProtocolsAreRefusedAndCanBeEvaluatedAgain()
    {
        m_world->selection->setRunB(QString::fromStdString(m_world->otherProtocol));
        auto* again = m_page->findChild<QPushButton*>(QStringLiteral("compareReevaluate"));
        QTRY_VERIFY(again->isVisible());
        QVERIFY(!m_page->findChild<ForestChart*>()->isVisible());
        QTest::mouseClick(again, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(m_page->findChild<ForestChart*>()->isVisible(), 30000);
        m_world->settle();
    }

    void checkedRunOfAnotherProtocolIsEvaluatedAgainForThePage()
    {
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareTable"));
        const auto cell = [&](int column) {
            for (int row = 0; row < table->model()->rowCount(); ++row) {
                const QModelIndex index = table->model()->index(row, column);
                if (index.data(RowIdRole).toString().toStdString() == m_world->otherProtocol)
                    return index;
            }
            return QModelIndex();
        };
        QTRY_VERIFY(cell(3).data(DimmedRole).toBool());
        auto* button = m_page->findChild<Banner*>()->findChild<QPushButton*>(QStringLiteral("bannerButton"));
        QVERIFY(button && button->isVisible());
        QTest::mouseClick(button, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!cell(3).data(DimmedRole).toBool(), 30000);
        QVERIFY(!m_page->findChild<Banner*>()->isVisible());
        const Store& store = m_world->workspace->store();
        Progress progress;
        const auto again = m_world->workspace->evaluate(m_world->otherProtocol,
            Protocol::fromJson(store.run(m_world->sasrec).protocol), RankingOptions(), progress);
        QCOMPARE(cell(3).data(RawRole).toDouble(), again.metrics.values.at("ndcg@10"));
        // What is stored is as it was.
        QCOMPARE(store.run(m_world->otherProtocol).protocol.at("mask_seen").get<std::string>(), std::string("none"));
        m_world->settle();
    }

    void countingModelsAreReferencesThatNoFilterHides()
    {
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareTable"));
        QTest::keyClicks(
            m_page->findChild<QLineEdit*>(QStringLiteral("compareFilter")), QStringLiteral("model:lrurec"));
        QCOMPARE(table->model()->rowCount(), 2);
        QModelIndex markov;
        for (int row = 0; row < 2; ++row) {
            if (table->model()->index(row, 0).data(RowIdRole).toString().toStdString() == m_world->markov)
                markov = table->model()->index(row, 0);
        }
        QVERIFY(markov.isValid());
        QCOMPARE(markov.data(AsideRole).toString(), QStringLiteral("reference, counted on train"));
        QCOMPARE(markov.data(Qt::CheckStateRole).toInt(), static_cast<int>(Qt::Checked));
        table->setCurrentIndex(markov);
        QTest::keyClick(table, Qt::Key_Space);
        QCOMPARE(markov.data(Qt::CheckStateRole).toInt(), static_cast<int>(Qt::Checked));
    }

    void clickOnAUserOpensIt()
    {
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareLassoTable"));
        QTRY_VERIFY(table->model()->rowCount() > 3);
        m_world->settle();
        QSignalSpy asked(&m_world->navigator, &Navigator::viewRequested);
        const QModelIndex user = table->model()->index(2, 0);
        QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(user).center());
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked.front().front().toString(), QStringLiteral("user"));
        QCOMPARE(m_world->library->userName(m_world->selection->user()), user.data().toString());
        // Another cell only chooses the row.
        QTest::mouseClick(
            table->viewport(), Qt::LeftButton, {}, table->visualRect(table->model()->index(1, 3)).center());
        QCOMPARE(asked.count(), 1);
    }

    void colourWordsAndPSayTheSame()
    {
        auto* forest = m_page->findChild<ForestChart*>();
        QTRY_COMPARE_WITH_TIMEOUT(forest->differences().size(), std::size_t(5), 30000);
        ExportCheck check;
        const auto rules
            = std::array{QStringLiteral("Sign flips"), QStringLiteral("Paired t test"), QStringLiteral("Wilcoxon")};
        for (const auto test : {SignificanceTest::Permutation, SignificanceTest::TTest, SignificanceTest::Wilcoxon}) {
            forest->setTest(test);
            QVERIFY(forest->rule().contains(rules[static_cast<std::size_t>(test)]));
            const auto rows = check.csvRows(*forest);
            for (std::size_t i = 0; i < forest->differences().size(); ++i) {
                const MetricDifference& difference = forest->differences()[i];
                const QStringList& row = rows[static_cast<qsizetype>(i) + 1];
                QCOMPARE(row[3].toDouble(), difference.test.meanDifference);
                QCOMPARE(row[7].toDouble() < 0.05, row[8] == QStringLiteral("1"));
                QCOMPARE(difference.decided(test), row[8] == QStringLiteral("1"));
            }
        }
        forest->setTest(SignificanceTest::Permutation);
    }

    void everyPanelExports()
    {
        ExportCheck check;
        QTRY_COMPARE_WITH_TIMEOUT(m_page->findChild<ForestChart*>()->differences().size(), std::size_t(5), 30000);
        m_world->settle();
        QCOMPARE(check.checkPage(*m_page), 4);
        m_page->setMode(CompareView::Curves);
        m_world->settle();
        QCOMPARE(check.checkPage(*m_page), 2);
        m_page->setMode(CompareView::Parallel);
        QCOMPARE(check.checkPage(*m_page), 1);
    }

    void curvesLieOverEachOther()
    {
        m_page->setMode(CompareView::Curves);
        m_world->settle();
        auto* loss = m_page->findChild<PlotView*>(QStringLiteral("compareLossCurves"));
        auto* valid = m_page->findChild<PlotView*>(QStringLiteral("compareValidCurves"));
        // Two trained runs of two epochs; a model that is counted has no loss but stands beside the validation curves.
        QCOMPARE(loss->model().series.size(), std::size_t(2));
        QCOMPARE(valid->model().series.size(), std::size_t(3));
        const auto epochs = m_world->workspace->store().epochs(m_world->sasrec);
        QCOMPARE(loss->model().series[0].y, (std::vector<double>{epochs[0].trainLoss, epochs[1].trainLoss}));
        QVERIFY(valid->model().series[2].dashed);
        m_world->picture(*m_page, QStringLiteral("compare-curves"));
    }

    void chosenUserOpensTheUserPage()
    {
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareLassoTable"));
        QTRY_VERIFY(table->model()->rowCount() > 0);
        QSignalSpy asked(&m_world->navigator, &Navigator::viewRequested);
        table->setCurrentIndex(table->model()->index(0, 0));
        QTest::mouseClick(m_page->findChild<QPushButton*>(QStringLiteral("compareOpenUser")), Qt::LeftButton);
        QCOMPARE(asked.count(), 1);
        const QString name = table->model()->index(0, 0).data().toString();
        QCOMPARE(m_world->library->userName(m_world->selection->user()), name);
    }

    void swappingTurnsTheDifferenceRound()
    {
        auto* forest = m_page->findChild<ForestChart*>();
        QTRY_VERIFY_WITH_TIMEOUT(forest->csv().count(u'\n') == 6, 30000);
        const auto difference = [forest] { return forest->csv().split(u'\n')[1].split(u',')[3].toDouble(); };
        const double before = difference();
        m_world->selection->swapRuns();
        QTRY_VERIFY_WITH_TIMEOUT(std::abs(difference() + before) < 1e-9 && m_world->jobs->active().empty(), 30000);
    }

    void everyModeHasAPicture()
    {
        m_page->setMode(CompareView::Parallel);
        m_world->picture(*m_page, QStringLiteral("compare-parallel"));
        m_page->setMode(CompareView::Parameters);
        auto* parameters = m_page->findChild<RowTable*>(QStringLiteral("compareParameterTable"));
        QVERIFY(parameters->isVisible());
        QVERIFY(parameters->model()->rowCount() > 4);
        m_world->picture(*m_page, QStringLiteral("compare-parameters"));
        m_page->setMode(CompareView::Pareto);
        m_world->settle();
        QVERIFY(m_page->findChild<QPushButton*>(QStringLiteral("compareMeasure"))->isVisible());
    }

    void usersBehindAPointAreShownBesideThoseOfRunA()
    {
        m_page->setMode(CompareView::Pareto);
        const QString b = m_world->selection->runB();
        m_world->selection->setRunB(QString());
        m_world->navigator.requestUsers(b, m_world->selection->runA());
        m_page->activate();
        m_world->settle();
        QCOMPARE(m_world->selection->runB(), b);
        QVERIFY(m_page->findChild<QWidget*>(QStringLiteral("compareDensity"))->isVisible());
    }

    // Last: it adds runs.
    void missingReferencesAreCountedOnDemand()
    {
        auto* count = m_page->findChild<QPushButton*>(QStringLiteral("compareCount"));
        QVERIFY(count->isVisible());
        QTest::mouseClick(count, Qt::LeftButton);
        QTRY_VERIFY_WITH_TIMEOUT(!count->isVisible(), 60000);
        auto* table = m_page->findChild<RowTable*>(QStringLiteral("compareTable"));
        int references = 0;
        for (int row = 0; row < table->model()->rowCount(); ++row)
            references
                += table->model()->index(row, 0).data(AsideRole).toString().startsWith(QStringLiteral("reference"));
        QCOMPARE(references, 3);
        m_world->settle();
    }

private:
    std::unique_ptr<PageWorld> m_world;
    std::unique_ptr<CompareView> m_page;
};

QTEST_MAIN(TestComparePage)
#include "tst_compare_page.moc"
