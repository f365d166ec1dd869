// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Right column of the Tokens page: what is lost without each token, without all of them and with nothing compressed,
// and the list of the chosen row beside that with all tokens. Under each other, or as tabs in a narrow window. GUI
// thread.
#pragma once

#include "widgets/core/array_table_model.h"
#include "widgets/frame/side_column.h"
#include "widgets/views/tokens/population_job.h"

namespace recoscope {

class Panel;
class PopulationBar;
class RowTable;
class Theme;

class WorthSide : public SideColumn {
    Q_OBJECT

public:
    explicit WorthSide(Theme& theme, QWidget* parent = nullptr);

    void showData(std::shared_ptr<const TokensData> data, std::shared_ptr<const TokensWorth> worth); // null: none yet
    void showPopulation(TokenPopulationPtr population, bool measuring); // null: this user's accuracy; after showData()
    void setToken(int token); // chooses its row
    void setLoading(bool loading, const QString& text = {});
    void setNarrow(bool narrow); // without what the lists have in common

signals:
    void populationRequested();
    void populationCancelled();
    void tokenChosen(int token);
    void itemChosen(int datasetItem);

private:
    struct WorthRow {
        int reading = 0; // index
        QString name, tip;
        double rank = 0.0, usualRank = 0.0; // of the held-out item; 0 = none is held out
        std::int64_t shared = 0;
        TokenWay way = TokenWay::AllTokens;
        std::int32_t token = -1;
        bool isChanged() const { return reading > 0 && rank > 0.0; }
        double accuracyChange() const; // NDCG@10 of this user, against all tokens
    };
    struct ListRow {
        int place = 0;
        InspectedItem usual, left; // prepared -1 beyond the end of a list
        bool leaves = false, enters = false;
    };
    QVariant changeOf(const WorthRow& row) const; // in accuracy, of all users or of this one; invalid: not known
    QVariant changeExtra(const WorthRow& row, int role) const;
    const TokenPopulation::Row* populationOf(const WorthRow& row) const;
    static QString moveText(const WorthRow& row); // "▲ 2", "▼ 1", "="
    QString readingName(const TokenReading& reading) const; // "token 3", "full history"
    Panel* makeTable();
    Panel* makeLists();
    void showReading(int reading);
    QString listTitle(int reading) const; // over the list beside that with all tokens

    Theme& m_theme;
    RowTableModel<WorthRow>* m_rows = nullptr;
    RowTable* m_table = nullptr;
    RowTableModel<ListRow>* m_listRows = nullptr;
    RowTable* m_lists = nullptr;
    PopulationBar* m_bar = nullptr;
    TokenPopulationPtr m_population;
    Panel* m_tablePanel;
    Panel* m_listPanel;
    std::shared_ptr<const TokensData> m_data;
    std::shared_ptr<const TokensWorth> m_worth;
    bool m_showing = false; // the chosen row follows what is shown
};

} // namespace recoscope
