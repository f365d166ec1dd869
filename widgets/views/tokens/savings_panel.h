// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What compression saves for the user: keys read, bytes and milliseconds of the full history, the tokens and the recent
// events alone, and whether the cached path gives what one pass gives. GUI thread.
#pragma once

#include <optional>

#include "engine/inspection/token_staleness.h"
#include "widgets/core/array_table_model.h"
#include "widgets/frame/panel.h"
#include "widgets/views/tokens/tokens_data.h"

class QLabel;

namespace recoscope {

class ChipLabel;
class RowTable;

class SavingsPanel : public Panel {
    Q_OBJECT

public:
    explicit SavingsPanel(Theme& theme, QWidget* parent = nullptr);

    void showData(const TokensData& data, const TokensWorth* worth); // null: none yet
    void showAccuracy(const std::optional<TokenStaleness>& measured); // of many users

private:
    struct SavingsRow {
        QString name;
        int decimals = 0;
        std::optional<double> full, tokens, recentOnly;
    };
    void showRows();

    RowTableModel<SavingsRow>* m_rows;
    RowTable* m_table;
    ChipLabel* m_exact;
    QLabel* m_words;
    std::vector<SavingsRow> m_own;
    std::optional<TokenStaleness> m_measured;
};

} // namespace recoscope
