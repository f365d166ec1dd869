// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QTest>

#include <cmath>

#include "widgets/core/token_reading.h"

using namespace recoscope;

// What the Tokens page reads off the engine's numbers, by hand.
class TestTokensLogic : public QObject {
    Q_OBJECT

private slots:
    void bandsAreTheRowsInOrder()
    {
        const std::vector<MaskBand> bands = maskBands(twoSegments());
        QCOMPARE(bands.size(), std::size_t(5));
        const BandKind kinds[]{BandKind::Older, BandKind::Tokens, BandKind::Older, BandKind::Tokens, BandKind::Recent};
        const int first[]{0, 3, 5, 8, 10}, count[]{3, 2, 3, 2, 4};
        for (std::size_t i = 0; i < 5; ++i) {
            QCOMPARE(bands[i].kind, kinds[i]);
            QCOMPARE(bands[i].first, first[i]);
            QCOMPARE(bands[i].count, count[i]);
        }
        TokenMaps none = twoSegments();
        none.segments = 0;
        none.events = 4;
        QCOMPARE(maskBands(none).size(), std::size_t(1));
        none.events = 0;
        QVERIFY(maskBands(none).empty());
    }

    void largestEventsLeaveOutNothingness()
    {
        const std::vector<double> values{0.1, NAN, 0.5, 0.0, 0.5};
        QCOMPARE(largestEvents(values, 2), (std::vector<int>{2, 4}));
        QCOMPARE(largestEvents(values, 9), (std::vector<int>{2, 4, 0}));
        QVERIFY(largestEvents({}, 3).empty());
    }

    void categoriesShareWhatTheirEventsGive()
    {
        const std::vector<double> values{0.2, 0.4, NAN, 0.4};
        const std::vector<QString> categories{
            QStringLiteral("Comedy|Drama"), QStringLiteral("Drama"), QStringLiteral("War"), QString()};
        const auto shares = categoryShares(values, categories, 5);
        QCOMPARE(shares.size(), std::size_t(2));
        QCOMPARE(shares[0].name, QStringLiteral("Drama"));
        QCOMPARE(shares[0].share, 0.5); // half of the first event and all of the second, of 1.0
        QCOMPARE(shares[1].share, 0.1);
        QCOMPARE(categoryShares(values, categories, 1).size(), std::size_t(1));
    }

    void aTokenHasValuesOfItsOwnSegmentOnly()
    {
        const TokenMaps maps = twoSegments();
        std::vector<float> shares(4 * 10, 0.0f);
        shares[2 * 10 + 3] = 0.25f; // third token, the first event of its segment
        const std::vector<double> values = olderShares(maps, shares, 2);
        QCOMPARE(values.size(), std::size_t(6));
        QVERIFY(std::isnan(values[0]) && std::isnan(values[2]));
        QCOMPARE(values[3], 0.25);
        QCOMPARE(values[5], 0.0);
    }

    void recentEventsReadOneTokenOrAll()
    {
        const TokenMaps maps = twoSegments();
        std::vector<float> shares(10 * 4, 0.0f);
        shares[6 * 4 + 1] = 0.25f;
        shares[6 * 4 + 3] = 0.5f;
        QCOMPARE(recentShares(maps, shares, 1), (std::vector<double>{0.25, 0, 0, 0}));
        QCOMPARE(recentShares(maps, shares, -1), (std::vector<double>{0.75, 0, 0, 0}));
    }

private:
    // Ten events: two segments of three, two tokens each, four recent.
    static TokenMaps twoSegments()
    {
        TokenMaps maps;
        maps.shape.tokens = 2;
        maps.shape.segment = 3;
        maps.segments = 2;
        maps.events = 10;
        return maps;
    }
};

QTEST_APPLESS_MAIN(TestTokensLogic)
#include "tst_tokens_logic.moc"
