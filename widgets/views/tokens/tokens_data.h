// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Everything the Tokens page shows of a run for one user, read in jobs. Values; shared as shared_ptr<const ...> and
// immutable afterwards.
#pragma once

#include <memory>
#include <vector>

#include "engine/inspection/token_readings.h"
#include "engine/inspection/tokens.h"
#include "widgets/core/inspected_run.h"
#include "widgets/frame/exportable.h"

namespace recoscope {

struct TokensData {
    int slot = 0; // 0 = A, 1 = B
    std::shared_ptr<const InspectedRun> run;
    std::shared_ptr<const TokenMaps> maps; // null: the model has no tokens
    std::vector<QString> titles, categories; // [events]; categories '|'-joined

    std::int64_t validationUsers = 0; // with tokens and a validation target
    bool sawValidation = false; // the weights were trained on validation targets, too
    int longestUser = -1; // of the dataset: with the longest history of all, where this user has no tokens

    bool hasTokens() const { return maps && maps->shape.tokens > 0; }
    QString rowTitle(int row) const; // an event's title, or "token 2"
    ExportHeader header(const QString& title) const;
};

// Error{NotFound} when the user is not in the data of the run that is looked into.
std::shared_ptr<const TokensData> loadTokens(Workspace& workspace, const InspectRequest& request, Progress& progress);

// What the tokens are worth for the user.
struct TokensWorth {
    std::vector<TokenReading> readings;
    std::vector<std::vector<InspectedItem>> lists; // of each reading
    TokenSavings savings;
};
std::shared_ptr<const TokensWorth> loadWorth(const TokensData& data, Progress& progress);

// "token 3"; of several segments "token 3 of segment 2".
QString tokenName(const TokenMaps& maps, std::int64_t token);

} // namespace recoscope
