// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QTemporaryDir>
#include <QTest>

#include "engine/store/store.h"
#include "widgets/core/scenarios.h"

using namespace recoscope;

class TestScenarios : public QObject {
    Q_OBJECT

private slots:
    void areKeptByNamePerDataset()
    {
        QTemporaryDir folder;
        const Path file = folder.filePath(QStringLiteral("recoscope.db")).toStdString();
        const Scenario evening{"evening", {"a1", "b2"}, {100, 200}};
        const Scenario morning{"morning", {"c3"}, {}};
        {
            Store store(file);
            saveScenario(store, "films", morning);
            saveScenario(store, "films", evening);
            saveScenario(store, "books", morning);
        }
        Store store(file);
        QCOMPARE(readScenarios(store, "films"), (std::vector<Scenario>{evening, morning}));
        saveScenario(store, "films", {"evening", {"z9"}, {}});
        QCOMPARE(readScenarios(store, "films").front().items, std::vector<std::string>{"z9"});
        removeScenario(store, "films", "evening");
        QCOMPARE(readScenarios(store, "films"), std::vector<Scenario>{morning});
        QCOMPARE(readScenarios(store, "books"), std::vector<Scenario>{morning});
        QVERIFY(readScenarios(store, "music").empty());
    }

    void anotherShapeIsLeftOut()
    {
        QTemporaryDir folder;
        Store store(Path(folder.filePath(QStringLiteral("recoscope.db")).toStdString()));
        store.putDocument("scenarios/films",
            Json::array({Json{{"name", "ok"}, {"items", {"a"}}, {"times", Json::array()}}, Json{{"name", 3}}, "text",
                Json{{"name", "uneven"}, {"items", {"a", "b"}}, {"times", {1}}},
                Json{{"name", ""}, {"items", {"a"}}, {"times", Json::array()}}}));
        store.flush();
        const auto read = readScenarios(store, "films");
        QCOMPARE(read.size(), std::size_t(1));
        QCOMPARE(read.front().name, std::string("ok"));
        store.putDocument("scenarios/films", Json{{"not", "a list"}});
        store.flush();
        QVERIFY(readScenarios(store, "films").empty());
    }
};

QTEST_GUILESS_MAIN(TestScenarios)
#include "tst_scenarios.moc"
