// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QLineEdit>
#include <QMessageBox>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTimer>
#include <QTreeWidget>

#include "engine/core/error.h"
#include "export_check.h"
#include "page_world.h"
#include "widgets/core/run_table_model.h"
#include "widgets/frame/row_table.h"
#include "widgets/views/runs/runs_view.h"

using namespace recoscope;

class TestRunsPage : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_world = std::make_unique<PageWorld>();
        m_world->choose();
    }
    void cleanupTestCase() { m_world.reset(); }

    void init()
    {
        m_page = m_world->open<RunsView>();
        m_world->settle();
        m_table = m_page->findChild<RowTable*>(QStringLiteral("runTableView"));
        QVERIFY(m_table);
        QTRY_COMPARE(m_table->model()->rowCount(), 4);
    }
    void cleanup() { m_page.reset(); }

    void typingInTheFilterHidesOtherRuns()
    {
        m_world->picture(*m_page, QStringLiteral("runs"));
        auto* filter = m_page->findChild<QLineEdit*>(QStringLiteral("runFilter"));
        QTest::keyClicks(filter, QStringLiteral("model:lrurec"));
        QCOMPARE(m_table->model()->rowCount(), 1);
        QCOMPARE(m_table->model()->index(0, 0).data(RowIdRole).toString(), QString::fromStdString(m_world->lrurec));
        filter->setText(QStringLiteral("model:absent"));
        QTRY_VERIFY(!m_table->isVisible());
        QTest::mouseClick(m_page->findChild<QPushButton*>(QStringLiteral("runsClearFilter")), Qt::LeftButton);
        QCOMPARE(m_table->model()->rowCount(), 4);
    }

    void aClickOnADatasetShowsItsRunsAlone()
    {
        auto* groups = m_page->findChild<QTreeWidget*>(QStringLiteral("runGroupTree"));
        QTreeWidgetItem* dataset = nullptr;
        for (QTreeWidgetItemIterator item(groups); *item; ++item)
            if ((*item)->text(0) == QLatin1String("small"))
                dataset = *item;
        QVERIFY(dataset);
        const auto click = [&](QTreeWidgetItem* item) {
            QTest::mouseClick(groups->viewport(), Qt::LeftButton, {}, groups->visualItemRect(item).center());
        };
        click(groups->topLevelItem(groups->topLevelItemCount() - 1)); // the bin
        QCOMPARE(m_table->model()->rowCount(), 0);
        click(dataset);
        QCOMPARE(groups->currentItem(), dataset);
        QCOMPARE(m_table->model()->rowCount(), 4);
        click(dataset->parent()); // a heading chooses nothing
        QCOMPARE(m_table->model()->rowCount(), 4);
    }

    void brushingAnAxisFiltersTheTable()
    {
        auto* lines = m_page->findChild<ParallelCoordinates*>(QStringLiteral("runParallel"));
        QTRY_VERIFY(lines->lines().size() == 4);
        ExportCheck check;
        const QStringList names = check.csvRows(*lines).front();
        const auto axis = static_cast<int>(names.indexOf(QStringLiteral("NDCG@10"))) - 1;
        QVERIFY(axis >= 0);
        // The upper half: the best run is inside, the worst is not.
        const QPoint top(lines->axisX(axis), axisTop(lines));
        const QPoint middle(top.x(), (top.y() + lines->height()) / 2);
        QTest::mousePress(lines, Qt::LeftButton, {}, top);
        QTest::mouseMove(lines, middle);
        QTest::mouseRelease(lines, Qt::LeftButton, {}, middle);
        const auto inside = lines->brushedLines();
        QCOMPARE(static_cast<std::size_t>(m_table->model()->rowCount()), inside.size());
        QVERIFY(inside.size() < 4 && !inside.empty());
        // A click on the axis takes the brush away.
        QTest::mouseClick(lines, Qt::LeftButton, {}, middle);
        QCOMPARE(m_table->model()->rowCount(), 4);
    }

    void namesOfAxesNeverCollide()
    {
        auto* lines = m_page->findChild<ParallelCoordinates*>(QStringLiteral("runParallel"));
        QTRY_VERIFY(lines->lines().size() == 4);
        const auto axes = static_cast<int>(ExportCheck().csvRows(*lines).front().size()) - 1;
        for (const int width : {1200, 700, 420}) {
            lines->resize(width, 220);
            for (int a = 0; a < axes; ++a) {
                QVERIFY(QRectF(lines->rect()).contains(lines->nameRect(a)));
                for (int b = a + 1; b < axes; ++b)
                    QVERIFY2(!lines->nameRect(a).intersects(lines->nameRect(b)),
                        qPrintable(QStringLiteral("%1 and %2 at %3").arg(a).arg(b).arg(width)));
            }
        }
    }

    void everyPanelExports()
    {
        QTRY_VERIFY(m_page->findChild<ParallelCoordinates*>()->lines().size() == 4);
        ExportCheck check;
        QCOMPARE(check.checkPage(*m_page), 1);
        auto* lines = m_page->findChild<ParallelCoordinates*>();
        const auto rows = check.csvRows(*lines);
        QCOMPARE(rows.size(), qsizetype(5));
        for (qsizetype row = 1; row < rows.size(); ++row) {
            const auto& values = lines->lines()[static_cast<std::size_t>(row) - 1].values;
            QCOMPARE(rows[row].back().toDouble(), values.back());
        }
    }

    void runsWithoutASlotHaveNoShape()
    {
        const QModelIndex other = m_table->model()->index(rowOf(m_world->markov), 0);
        QCOMPARE(other.data(RunSlotRole).toInt(), -1);
        const QModelIndex first = m_table->model()->index(rowOf(m_world->sasrec), 0);
        const QImage image = m_table->viewport()->grab().toImage();
        const auto colourAt = [&](const QModelIndex& index) {
            const QRect cell = m_table->visualRect(index);
            return image.pixelColor(QPoint(cell.left() + 13, cell.center().y()) * image.devicePixelRatio());
        };
        QCOMPARE(colourAt(first), m_world->theme->palette().run(0).mark);
        QCOMPARE(colourAt(other), m_world->theme->palette().surface);
    }

    void notesAndTagsAreKeptAndUndone()
    {
        m_table->selectRow(rowOf(m_world->lrurec));
        auto* notes = m_page->findChild<QPlainTextEdit*>(QStringLiteral("runNotes"));
        notes->setFocus();
        QTest::keyClicks(notes, QStringLiteral("worth a second look"));
        auto* tags = m_page->findChild<QLineEdit*>(QStringLiteral("runTags"));
        tags->setFocus();
        QTRY_COMPARE(m_world->workspace->store().run(m_world->lrurec).notes, std::string("worth a second look"));
        m_world->settle();
        QTest::keyClicks(tags, QStringLiteral("paper"));
        QTest::keyClick(tags, Qt::Key_Return);
        QTRY_COMPARE(m_world->workspace->store().run(m_world->lrurec).tags, std::vector<std::string>{"paper"});
        m_world->settle();
        m_world->undo->undo();
        QTRY_VERIFY(m_world->workspace->store().run(m_world->lrurec).tags.empty());
        m_world->undo->undo();
        QTRY_COMPARE(m_world->workspace->store().run(m_world->lrurec).notes, std::string());
        m_world->settle();
    }

    void twoChosenRunsBecomeAAndB()
    {
        m_table->selectRow(rowOf(m_world->lrurec));
        m_table->selectionModel()->select(m_table->model()->index(rowOf(m_world->markov), 0),
            QItemSelectionModel::Select | QItemSelectionModel::Rows);
        QSignalSpy asked(&m_world->navigator, &Navigator::viewRequested);
        auto* compare = m_page->findChild<QPushButton*>(QStringLiteral("runsCompare"));
        QVERIFY(compare->isEnabled());
        QTest::mouseClick(compare, Qt::LeftButton);
        QCOMPARE(asked.count(), 1);
        QCOMPARE(asked.front().front().toString(), QStringLiteral("compare"));
        const QStringList chosen{m_world->selection->runA(), m_world->selection->runB()};
        QVERIFY(chosen.contains(QString::fromStdString(m_world->lrurec)));
        QVERIFY(chosen.contains(QString::fromStdString(m_world->markov)));
        m_world->choose();
    }

    void binIsUndoneAndPurgeNamesTheRuns()
    {
        const RunId extra = m_world->train("most_popular", Json::object(), {});
        const QString name = QString::fromStdString(m_world->workspace->store().run(extra).name);
        m_world->library->refresh();
        QTRY_COMPARE(m_table->model()->rowCount(), 5);
        m_world->settle();
        m_table->clearSelection();
        m_table->selectRow(rowOf(extra));
        QTest::mouseClick(m_page->findChild<QPushButton*>(QStringLiteral("runsToBin")), Qt::LeftButton);
        QTRY_COMPARE(m_table->model()->rowCount(), 4);
        m_world->settle();
        m_world->undo->undo();
        QTRY_COMPARE(m_table->model()->rowCount(), 5);
        m_world->settle();
        m_world->undo->redo();
        QTRY_COMPARE(m_table->model()->rowCount(), 4);
        m_world->settle();

        auto* groups = m_page->findChild<QTreeWidget*>(QStringLiteral("runGroupTree"));
        groups->setCurrentItem(groups->topLevelItem(groups->topLevelItemCount() - 1));
        QCOMPARE(m_table->model()->rowCount(), 1);
        QString asked;
        QTimer::singleShot(0, this, [&] {
            auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
            QVERIFY(box);
            asked = box->informativeText();
            for (QAbstractButton* button : box->buttons()) {
                if (box->buttonRole(button) == QMessageBox::DestructiveRole)
                    button->click();
            }
        });
        QTest::mouseClick(m_page->findChild<QPushButton*>(QStringLiteral("runsPurge")), Qt::LeftButton);
        QVERIFY(asked.contains(name));
        m_world->settle();
        QVERIFY_THROWS_EXCEPTION(Error, m_world->workspace->store().run(extra));
        groups->setCurrentItem(groups->topLevelItem(0));
        QTRY_COMPARE(m_table->model()->rowCount(), 4);
    }

private:
    // Just under the names, where the axes begin.
    static int axisTop(ParallelCoordinates* lines)
    {
        return qRound(std::max(lines->nameRect(0).bottom(), lines->nameRect(1).bottom())) + 8;
    }

    int rowOf(const RunId& id) const
    {
        for (int row = 0; row < m_table->model()->rowCount(); ++row) {
            if (m_table->model()->index(row, 0).data(RowIdRole).toString().toStdString() == id)
                return row;
        }
        return -1;
    }

    std::unique_ptr<PageWorld> m_world;
    std::unique_ptr<RunsView> m_page;
    RowTable* m_table = nullptr;
};

QTEST_MAIN(TestRunsPage)
#include "tst_runs_page.moc"
