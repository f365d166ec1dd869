// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The filter language of run tables. Terms are separated by spaces and all must hold; "-" in front turns a term round.
//   lru                     name, model, dataset, tag or note contains "lru"
//   model:sasrec tag:"my x" a field contains the text: name, model, dataset, tag, status, protocol, notes, folder,
//                           remark, any parameter
//   ndcg@10>0.16            a number compared (> >= < <= = !=): test metrics, "valid.ndcg@10", epochs, best_epoch,
//                           seconds, seed, parameters, memory (bytes), weights (parameter count), any parameter
// Case does not matter. A value type; matching is const and thread-safe.
#pragma once

#include <QString>

#include <optional>
#include <vector>

#include "engine/store/store.h"

namespace recoscope {

class RunFilter {
public:
    RunFilter() = default; // matches every run

    // What cannot be understood is reported in error() and the filter then matches every run, so that a half-typed
    // term never empties the table.
    static RunFilter parse(const QString& text);

    bool isEmpty() const { return m_terms.empty(); }
    const QString& error() const { return m_error; } // "" when the text was understood
    bool matches(const RunRecord& run) const;

private:
    enum class Relation { Contains, Greater, GreaterEqual, Less, LessEqual, Equal, NotEqual };
    struct Term {
        bool negated = false;
        std::string field; // "" = anywhere
        Relation relation = Relation::Contains;
        std::string text; // lower case
        double number = 0.0;
    };
    static std::optional<Term> parseTerm(const QString& token, QString* error);
    static bool numberHolds(const Term& term, double value);
    static bool holds(const Term& term, const RunRecord& run);

    std::vector<Term> m_terms;
    QString m_error;
};

// A number of a run by the name used in filters and columns ("ndcg@10", "valid.mrr", "epochs", "hidden"), or nothing.
std::optional<double> runNumber(const RunRecord& run, const std::string& field);
// The text of a field, tags joined by a space; "" when the run has no such field.
std::string runText(const RunRecord& run, const std::string& field);
// A parameter as it is shown: numbers shortest, texts plain, "" when missing.
std::string parameterText(const Json& value);

// Names of parameters that are not the same in all of the runs (a missing one counts as different), sorted.
std::vector<std::string> differingParameters(const std::vector<const RunRecord*>& runs);

// A run's folder: the part of the first tag that starts with "folder/", or "". Folders are kept as tags so that the
// command line sees them too.
std::string runFolderOf(const RunRecord& run);
bool isFolderTag(const std::string& tag);
std::vector<std::string> withFolder(std::vector<std::string> tags, const std::string& folder);

} // namespace recoscope
