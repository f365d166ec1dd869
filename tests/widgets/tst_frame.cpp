// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <functional>
#include <numeric>
#include <span>

#include <QComboBox>
#include <QDockWidget>
#include <QFileDialog>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSpinBox>
#include <QTableView>
#include <QTimer>
#include <QToolButton>
#include <QWheelEvent>
#include <qtestspontaneevent.h>

#include "engine/core/safetensors.h"
#include "engine/workspace/bundle.h"
#include "engine/workspace/workspace.h"
#include "widgets/frame/adopt_dialog.h"
#include "widgets/frame/checkpoint_dialog.h"
#include "widgets/frame/dropped_files.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/data/import_dialog.h"
#include "widgets/views/registry.h"
#include "window_world.h"

using namespace recoscope;

// Every widget that was shown as a window of its own.
class ShownWindows : public QObject {
public:
    ShownWindows() { qApp->installEventFilter(this); }
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        const auto* widget = qobject_cast<QWidget*>(watched);
        if (event->type() == QEvent::Show && widget && widget->isWindow())
            names << QStringLiteral("%1 %2").arg(
                QLatin1String(widget->metaObject()->className()), widget->objectName());
        return false;
    }
    QStringList names;
};

// The frame of the window as it is used: keys, mouse, menus, drops.
class FrameTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { m_world = std::make_unique<WindowWorld>(); }
    void cleanupTestCase() { m_world.reset(); }
    void init()
    {
        QSettings().clear();
        m_world->openWindow();
        m_window = m_world->window.get();
    }
    void cleanup() { m_world->window.reset(); }

    // A widget that is shown before it has a parent flashes on the desktop and takes the focus of the keyboard.
    void noPageShowsAnotherWindow()
    {
        ShownWindows shown;
        for (const ViewDescriptor& page : viewRegistry()) {
            m_window->requestView(page.id);
            QTRY_COMPARE(m_window->currentView(), page.id);
            m_world->settle();
            QTest::qWait(0);
        }
        QCOMPARE(shown.names, QStringList());
    }

    void settingsTellWhatTheEngineRunsOn()
    {
        m_window->openView(QStringLiteral("settings"));
        const Json facts = environmentInfo();
        QCOMPARE(m_world->find<QLabel>("engine_kernels")->text(),
            QString::fromStdString(facts.at("kernels").get<std::string>()));
        QVERIFY(!m_world->find<QLabel>("engine_processor")->text().isEmpty());
    }

    void everyPageHasItsKey()
    {
        for (const ViewDescriptor& page : viewRegistry()) {
            const QKeyCombination keys = QKeySequence(page.shortcut)[0];
            QTest::keyClick(m_window, keys.key(), keys.keyboardModifiers());
            QTRY_COMPARE(m_window->currentView(), page.id);
        }
    }

    void paletteFindsPagesRunsAndItems()
    {
        pickInPalette(QStringLiteral("atten"), QStringLiteral("Attention"));
        QTRY_COMPARE(m_window->currentView(), QStringLiteral("attention"));
        const QString title = m_world->library->itemTitle(5);
        pickInPalette(title, title);
        QCOMPARE(m_world->selection->item(), 5);
        const QString run = m_world->library->runName(QString::fromStdString(m_world->markov));
        pickInPalette(run, run);
        QCOMPARE(m_world->selection->runA().toStdString(), m_world->markov);
        // Esc leaves everything as it is.
        const SelectionState before = m_world->selection->state();
        QTest::keyClick(m_window, Qt::Key_K, Qt::ControlModifier);
        QTest::keyClick(m_world->find<QLineEdit>("searchText"), Qt::Key_Escape);
        QTRY_VERIFY(!m_window->findChild<QLineEdit*>(QStringLiteral("searchText")));
        QCOMPARE(m_world->selection->state(), before);
    }

    void chipOpensItsListByKeyAndMouse()
    {
        auto* chip = m_world->find<QWidget>("userChip");
        m_window->openView(QStringLiteral("user"));
        chip->setFocus();
        QTest::keyClick(chip, Qt::Key_Down);
        auto* list = m_world->find<QListWidget>("searchList");
        QTRY_VERIFY(list->count() > 3);
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(3)).center());
        QCOMPARE(m_world->selection->user(), 3);
    }

    void theWheelScrollsAFormAndChangesNothingInIt()
    {
        m_window->openView(QStringLiteral("train"));
        auto* area = m_world->find<QScrollArea>("trainForm");
        QTRY_VERIFY(area->verticalScrollBar()->maximum() > 0);
        area->verticalScrollBar()->setValue(0);
        std::vector<QWidget*> fields;
        for (auto* box : area->findChildren<QComboBox*>())
            fields.push_back(box);
        for (auto* box : area->findChildren<QAbstractSpinBox*>())
            fields.push_back(box);
        QVERIFY(fields.size() > 1);
        const auto values = [&] {
            QStringList texts;
            for (QWidget* field : fields)
                texts << field->property("currentText").toString() + field->property("text").toString();
            return texts;
        };
        const QStringList before = values();
        for (QWidget* field : fields) {
            const int top = area->verticalScrollBar()->value();
            const QPointF middle = QRectF(field->rect()).center();
            QWheelEvent turn(middle, field->mapToGlobal(middle), {}, {0, -120}, Qt::NoButton, Qt::NoModifier,
                Qt::NoScrollPhase, false);
            QSpontaneKeyEvent::setSpontaneous(&turn); // as from a mouse: others do not go on to a parent
            qApp->notify(field, &turn);
            QVERIFY(area->verticalScrollBar()->value() > top || top == area->verticalScrollBar()->maximum());
            QVERIFY(!field->hasFocus());
        }
        QCOMPARE(values(), before);
    }

    void chipsListSaysThatNothingWasFound()
    {
        m_window->openView(QStringLiteral("user"));
        QTest::mouseClick(m_world->find<QWidget>("userChip"), Qt::LeftButton);
        auto* text = m_world->find<QLineEdit>("searchText");
        auto* list = m_world->find<QListWidget>("searchList");
        QTest::keyClicks(text, QStringLiteral("nobody has this id"));
        QTRY_VERIFY(list->item(0) && list->item(0)->text() == QStringLiteral("Nothing found"));
        const SelectionState before = m_world->selection->state();
        QTest::keyClick(text, Qt::Key_Return);
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualItemRect(list->item(0)).center());
        QVERIFY(list->isVisible());
        QCOMPARE(m_world->selection->state(), before);
        QTest::keyClick(text, Qt::Key_Escape);
    }

    void keysStepThroughUsersAndUndoBringsThemBack()
    {
        QTest::keyClick(m_window, Qt::Key_Down, Qt::ControlModifier);
        QTest::keyClick(m_window, Qt::Key_Down, Qt::ControlModifier);
        QCOMPARE(m_world->selection->user(), 9);
        QTest::keyClick(m_window, Qt::Key_Up, Qt::ControlModifier);
        QCOMPARE(m_world->selection->user(), 8);
        const QString a = m_world->selection->runA();
        QTest::keyClick(m_window, Qt::Key_X, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(m_world->selection->runB(), a);
        QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier);
        QCOMPARE(m_world->selection->runA(), a);
        QTest::mouseClick(m_world->find<QToolButton>("undoButton"), Qt::LeftButton); // all steps through users at once
        QCOMPARE(m_world->selection->user(), 7);
        QVERIFY(!m_world->find<QToolButton>("undoButton")->isEnabled());
        QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QCOMPARE(m_world->selection->user(), 8);
    }

    void notesAreKeptAndCanBeUndone()
    {
        m_world->chooseFromMenu(QStringLiteral("View"), QStringLiteral("Notes"));
        auto* text = m_world->find<QPlainTextEdit>("notesText");
        QVERIFY(text->isVisible());
        QTest::mouseClick(text->viewport(), Qt::LeftButton);
        QTest::keyClicks(text, QStringLiteral("a first try"));
        QTest::keyClick(text, Qt::Key_Tab); // leaving the field keeps them
        QTRY_COMPARE(storedNotes(m_world->sasrec), QStringLiteral("a first try"));
        QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier);
        QTRY_COMPARE(storedNotes(m_world->sasrec), QStringLiteral(""));
        QCOMPARE(text->toPlainText(), QString());
        QTest::keyClick(m_window, Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
        QTRY_COMPARE(storedNotes(m_world->sasrec), QStringLiteral("a first try"));
        // The other run has notes of its own.
        QTest::mouseClick(m_world->find<QToolButton>("notesRun1"), Qt::LeftButton);
        QCOMPARE(text->toPlainText(), QString());
        QTest::keyClicks(text, QStringLiteral("baseline"));
        m_window->close();
        QTRY_COMPARE(storedNotes(m_world->lrurec), QStringLiteral("baseline"));
    }

    void itemCardTellsOfTheSelectedItem()
    {
        m_world->chooseFromMenu(QStringLiteral("View"), QStringLiteral("Item card"));
        auto* title = m_world->find<QLabel>("itemCardTitle");
        QVERIFY(!title->isVisible()); // none is selected
        const std::int32_t item = m_world->library->dataset()->interactions().items[0]; // user 0 met it first
        m_world->selection->setUser(0);
        m_world->selection->setItem(item);
        QTRY_COMPARE(title->text(), m_world->library->itemTitle(item));
        QVERIFY(title->isVisible());
        QStringList facts;
        for (const QLabel* label : m_world->find<QWidget>("itemCard")->findChildren<QLabel*>())
            facts.push_back(label->text());
        const auto events = m_world->library->dataset()->interactions().items;
        const auto count = std::count(events.begin(), events.end(), item);
        const QString joined = facts.join(u'\n');
        QVERIFY2(joined.contains(QStringLiteral("%1, place ").arg(count)), qPrintable(joined));
        QVERIFY2(joined.contains(QStringLiteral("event 1")), qPrintable(joined));
    }

    void eachPageKeepsItsLayout()
    {
        const auto isShown = [this] { return m_world->find<QDockWidget>("notesDock")->isVisible(); };
        m_window->openView(QStringLiteral("data"));
        m_window->openView(QStringLiteral("user"));
        m_world->chooseFromMenu(QStringLiteral("View"), QStringLiteral("Notes"));
        QVERIFY(isShown());
        m_window->openView(QStringLiteral("data"));
        QVERIFY(!isShown());
        m_window->openView(QStringLiteral("user"));
        QVERIFY(isShown());
        m_window->close();
        m_world->openWindow(); // opens the page that was left
        m_window = m_world->window.get();
        QTRY_COMPARE(m_window->currentView(), QStringLiteral("user"));
        QVERIFY(isShown());
        m_world->chooseFromMenu(QStringLiteral("View"), QStringLiteral("Reset layout"));
        QVERIFY(!isShown());
        m_window->openView(QStringLiteral("data"));
        m_window->openView(QStringLiteral("user"));
        QVERIFY(!isShown());
    }

    void plotIsEnlargedAndComesBack()
    {
        m_window->openView(QStringLiteral("attention"));
        auto* map = m_world->find<HeatMap>("attentionMap");
        QTRY_VERIFY_WITH_TIMEOUT(map->isVisible() && !map->csv().isEmpty() && !map->mapRect().isEmpty(), 30000);
        QWidget* home = map->parentWidget();
        const QSize small = map->size();
        QTest::mouseClick(m_world->find<QToolButton>("attentionEnlarge"), Qt::LeftButton);
        auto* dock = m_world->find<QDockWidget>("attentionPanelDock");
        QVERIFY(dock->isFloating() && dock->isVisible());
        QVERIFY(dock->isAncestorOf(map));
        QTRY_VERIFY(map->width() > small.width());
        dock->close();
        QTRY_COMPARE(map->parentWidget(), home);
        QTRY_VERIFY(map->isVisible());
        QVERIFY(m_world->find<QToolButton>("attentionEnlarge")->isEnabled());
    }

    void crosshairFollowsTheMouseAndLocks()
    {
        m_window->openView(QStringLiteral("attention"));
        auto* plot = m_world->find<PlotView>("attentionRanks");
        QTRY_VERIFY_WITH_TIMEOUT(!plot->model().series.empty() && plot->isVisible(), 30000);
        const PlotSeries& series = plot->model().series.back();
        QVERIFY(plot->readOut().isEmpty());
        QTest::mouseMove(plot, plot->toPixel(1, series.y[1]).toPoint());
        const QString value = QLocale().toString(static_cast<int>(series.y[1]));
        QTRY_VERIFY2(plot->readOut().contains(series.name + u' ' + value), qPrintable(plot->readOut()));
        const QString locked = plot->readOut();
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_Return);
        QTest::mouseMove(plot, plot->toPixel(2, series.y[2]).toPoint());
        QCOMPARE(plot->readOut(), locked);
        QTest::keyClick(plot, Qt::Key_Escape);
        QVERIFY(plot->readOut().isEmpty());
    }

    void droppedDataFileOpensTheImport()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("ratings.csv"));
        write(file, "user,item,time\n1,2,3\n");
        drop(file, QStringLiteral("Drop to import ratings.csv"));
        QTRY_VERIFY(m_window->findChild<ImportDialog*>());
        m_window->findChild<ImportDialog*>()->reject();
    }

    void theOpenKeyTakesFilesOfEachKind()
    {
        const QString file
            = QString::fromStdString((m_world->workspace->runFolder(m_world->sasrec) / "weights.safetensors").string());
        QTimer wait;
        connect(&wait, &QTimer::timeout, this, [&] {
            auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
            if (!dialog)
                return;
            wait.stop();
            auto* name = dialog->findChild<QLineEdit*>(QStringLiteral("fileNameEdit"));
            name->setText(file);
            QTest::keyClick(name, Qt::Key_Return);
        });
        wait.start(10);
        QTest::keyClick(m_window, Qt::Key_O, Qt::ControlModifier);
        QTRY_VERIFY(m_window->findChild<CheckpointDialog*>());
        QVERIFY(!m_window->findChild<ImportDialog*>());
        m_window->findChild<CheckpointDialog*>()->reject();
    }

    void droppedCheckpointIsShownWithItsRun()
    {
        m_world->selection->setRunA({});
        const QString file
            = QString::fromStdString((m_world->workspace->runFolder(m_world->sasrec) / "weights.safetensors").string());
        drop(file, QStringLiteral("Drop to look into weights.safetensors"));
        QTRY_VERIFY(m_window->findChild<CheckpointDialog*>());
        auto* dialog = m_window->findChild<CheckpointDialog*>();
        QVERIFY(dialog->isVisible());
        QVERIFY(dialog->findChild<QTableView*>(QStringLiteral("checkpointTensors"))->model()->rowCount() > 5);
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("checkpointRun")), Qt::LeftButton);
        QCOMPARE(m_world->selection->runA().toStdString(), m_world->sasrec);
        QTRY_COMPARE(m_window->currentView(), QStringLiteral("runs"));
    }

    // A GRU4Rec as RecBole writes it, of more items than the catalogue has, whose raw ids are 1, 2, 3, ...
    void droppedPublicCheckpointIsAdopted()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("gru4rec.safetensors"));
        constexpr std::int64_t rows = 2000, width = 4;
        const std::vector<float> numbers(static_cast<std::size_t>(rows * width), 0.1f);
        const auto tensor = [&](std::vector<std::int64_t> shape) {
            const std::int64_t size = std::accumulate(shape.begin(), shape.end(), std::int64_t(1), std::multiplies<>());
            return TensorView{
                TensorType::F32, shape, std::as_bytes(std::span(numbers).first(static_cast<std::size_t>(size)))};
        };
        writeSafetensors(Path(file.toStdString()),
            {{"item_embedding.weight", tensor({rows, width})}, {"gru_layers.weight_ih_l0", tensor({12, width})},
                {"gru_layers.weight_hh_l0", tensor({12, 4})}, {"dense.weight", tensor({width, 4})},
                {"dense.bias", tensor({width})}});
        drop(file, QStringLiteral("Drop to look into gru4rec.safetensors"));
        QTRY_VERIFY(m_window->findChild<QPushButton*>(QStringLiteral("checkpointAdopt")));
        QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("checkpointAdopt")), Qt::LeftButton);
        QTRY_VERIFY(m_window->findChild<AdoptDialog*>());
        auto* dialog = m_window->findChild<AdoptDialog*>();
        QVERIFY(!dialog->findChild<QWidget*>(QStringLiteral("adoptHeads"))); // a GRU has none
        const std::size_t runs = m_world->workspace->store().runs().size();
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("adoptButton")), Qt::LeftButton);
        QTRY_COMPARE_WITH_TIMEOUT(m_world->workspace->store().runs().size(), runs + 1, 30000);
        QTRY_VERIFY(m_world->selection->runA().toStdString() != m_world->sasrec);
        const RunRecord run = m_world->workspace->store().run(m_world->selection->runA().toStdString());
        QCOMPARE(run.model, std::string("gru4rec"));
        QVERIFY(run.environment.contains("adopted"));
        QTRY_COMPARE(m_window->currentView(), QStringLiteral("runs"));
    }

    // PerSRec around HLLM asks for text, numbers with a point and whole ones; what is wrong is told, not crashed on.
    void droppedDecodersAskForWhatNoShapeTells()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("persrec.safetensors"));
        const std::vector<float> numbers(8, 0.1f);
        const TensorView tensor{TensorType::F32, {1, 2, 4}, std::as_bytes(std::span(numbers))};
        writeSafetensors(Path(file.toStdString()), {{"item_emb_tokens", tensor}, {"user_embedding", tensor}});
        drop(file, QStringLiteral("Drop to look into persrec.safetensors"));
        QTRY_VERIFY(m_window->findChild<QPushButton*>(QStringLiteral("checkpointAdopt")));
        QTest::mouseClick(m_window->findChild<QPushButton*>(QStringLiteral("checkpointAdopt")), Qt::LeftButton);
        QTRY_VERIFY(m_window->findChild<AdoptDialog*>());
        auto* dialog = m_window->findChild<AdoptDialog*>();
        const auto line = [&](const char* name) { return dialog->findChild<QLineEdit*>(QLatin1String(name)); };
        QVERIFY(line("adoptInsert") && line("adoptTokenizer") && line("adoptRotary_base"));
        QVERIFY(dialog->findChild<QSpinBox*>(QStringLiteral("adoptHeads")));
        QCOMPARE(line("adoptNorm_epsilon")->text(), QStringLiteral("1e-05"));
        line("adoptInsert")->setText(QStringLiteral("4:2"));
        Workspace::Adoption chosen;
        connect(dialog, &AdoptDialog::adoptionChosen, this, [&](const Workspace::Adoption& a) { chosen = a; });
        QTest::mouseClick(dialog->findChild<QPushButton*>(QStringLiteral("adoptButton")), Qt::LeftButton);
        QCOMPARE(chosen.model, std::string("persrec_padded"));
        QCOMPARE(chosen.settings.at("insert"), Json("4:2"));
        QCOMPARE(chosen.settings.at("norm_epsilon"), Json(1e-5));
        QTRY_VERIFY_WITH_TIMEOUT(qobject_cast<QMessageBox*>(QApplication::activeModalWidget()), 10000);
        const QString told = qobject_cast<QMessageBox*>(QApplication::activeModalWidget())->text();
        QVERIFY2(told.contains(QStringLiteral("item_llm.model.embed_tokens.weight")), qPrintable(told));
        qobject_cast<QMessageBox*>(QApplication::activeModalWidget())->reject();
    }

    void droppedBundleBringsItsRun()
    {
        Progress progress;
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("shared.recoscope"));
        exportBundle(*m_world->workspace, m_world->markov, Path(file.toStdString()), {}, progress);
        // As on another machine: the run is not there.
        m_world->workspace->store().deleteRun(m_world->markov);
        m_world->workspace->purge();
        m_world->library->refresh();
        const QString id = QString::fromStdString(m_world->markov);
        QTRY_VERIFY(!m_world->library->run(id));
        drop(file, QStringLiteral("Drop to add the run of shared.recoscope"));
        QTRY_VERIFY_WITH_TIMEOUT(m_world->library->run(id), 30000);
        QCOMPARE(m_world->selection->runA(), id);
        QTRY_COMPARE(m_window->currentView(), QStringLiteral("runs"));
        QVERIFY(m_world->library->run(id)->test.count("ndcg@10") == 1);
    }

    void damagedBundleIsRefusedWithAMessage()
    {
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("broken.recoscope"));
        write(file, "no bundle");
        const std::size_t runs = m_world->workspace->store().runs().size();
        drop(file, QStringLiteral("Drop to add the run of broken.recoscope"));
        QTRY_VERIFY_WITH_TIMEOUT(qobject_cast<QMessageBox*>(QApplication::activeModalWidget()), 10000);
        auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
        QVERIFY(box->text().contains(QStringLiteral("broken.recoscope")));
        box->accept();
        QCOMPARE(m_world->workspace->store().runs().size(), runs);
    }

    void checkpointStatisticsAreOfItsTensors()
    {
        Progress progress;
        QTemporaryDir folder;
        const QString file = folder.filePath(QStringLiteral("small.safetensors"));
        const Json identity = {{"model", "m"}, {"seed", 3}};
        const Json header = {{"__metadata__", {{"identity", identity.dump()}}},
            {"w", {{"dtype", "F32"}, {"shape", {2, 2}}, {"data_offsets", {0, 16}}}}};
        const std::string head = header.dump();
        const std::vector<float> values{1.0F, -3.0F, 2.0F, 4.0F};
        const std::uint64_t length = head.size();
        QByteArray bytes(reinterpret_cast<const char*>(&length), 8);
        bytes.append(head.c_str());
        bytes.append(reinterpret_cast<const char*>(values.data()), 16);
        write(file, bytes);
        const CheckpointContents contents = readCheckpoint(file, progress);
        QCOMPARE(contents.tensors.size(), std::size_t(1));
        QCOMPARE(contents.tensors[0].shape, QStringLiteral("2 × 2"));
        QCOMPARE(contents.tensors[0].mean, 1.0);
        QCOMPARE(contents.tensors[0].largest, 4.0);
        QVERIFY(std::abs(contents.tensors[0].deviation - std::sqrt(6.5)) < 1e-9);
        QCOMPARE(contents.metadata.size(), std::size_t(2)); // model and seed
        write(file, bytes.left(12));
        QVERIFY_EXCEPTION_THROWN(readCheckpoint(file, progress), Error);
    }

    void nothingElseIsTaken()
    {
        QMimeData text;
        text.setText(QStringLiteral("hello"));
        QDragEnterEvent enter(QPoint(700, 400), Qt::CopyAction, &text, Qt::LeftButton, Qt::NoModifier);
        enter.ignore();
        QCoreApplication::sendEvent(m_window, &enter);
        QVERIFY(!enter.isAccepted());
        QVERIFY(!m_world->find<QWidget>("dropHint")->isVisible());
    }

    void regionKeyGoesRound()
    {
        m_world->find<QToolButton>("homeRailButton")->setFocus();
        QTest::keyClick(m_window, Qt::Key_F6);
        QVERIFY(m_world->find<QWidget>("selectionBar")->isAncestorOf(QApplication::focusWidget()));
        QTest::keyClick(m_window, Qt::Key_F6);
        QVERIFY(m_window->view(m_window->currentView())->isAncestorOf(QApplication::focusWidget()));
    }

private:
    static void write(const QString& file, const QByteArray& bytes)
    {
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly));
        QCOMPARE(out.write(bytes), bytes.size());
    }

    QString storedNotes(const RunId& run) const
    {
        return QString::fromStdString(m_world->workspace->store().run(run).notes);
    }

    // Ctrl+K, the text, and Return once the wished entry is on top.
    void pickInPalette(const QString& text, const QString& wished)
    {
        QTest::keyClick(m_window, Qt::Key_K, Qt::ControlModifier);
        auto* field = m_world->find<QLineEdit>("searchText");
        auto* list = m_world->find<QListWidget>("searchList");
        QVERIFY(field && list);
        QTest::keyClicks(field, text);
        QTRY_VERIFY(list->count() > 0 && list->item(0)->text().startsWith(wished));
        QTest::keyClick(field, Qt::Key_Return);
        QTRY_VERIFY(!m_window->findChild<QLineEdit*>(QStringLiteral("searchText")));
    }

    void drop(const QString& file, const QString& sentence)
    {
        auto* hint = m_world->find<DropHint>("dropHint");
        QMimeData mime;
        mime.setUrls({QUrl::fromLocalFile(file)});
        QDragEnterEvent enter(QPoint(700, 400), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &enter);
        QVERIFY(enter.isAccepted());
        QVERIFY(hint->isVisible());
        QCOMPARE(hint->sentence(), sentence);
        QDropEvent dropped(QPointF(700, 400), Qt::CopyAction, &mime, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(m_window, &dropped);
        QVERIFY(dropped.isAccepted());
        QVERIFY(!hint->isVisible());
    }

    std::unique_ptr<WindowWorld> m_world;
    MainWindow* m_window = nullptr;
};

QTEST_MAIN(FrameTest)
#include "tst_frame.moc"
