// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/run_filter.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <set>

namespace recoscope {

namespace {

const std::string folderPrefix = "folder/";

// ASCII is folded byte by byte: a keystroke looks at some 100,000 texts when a workspace holds 10,000 runs.
std::string lower(std::string_view text)
{
    const bool ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) >= 0; });
    if (!ascii)
        return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())).toLower().toStdString();
    std::string result(text);
    for (char& c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

bool contains(const std::string& text, const std::string& part)
{
    return lower(text).find(part) != std::string::npos;
}

// Splits at spaces outside of double quotes; the quotes themselves are dropped.
QStringList tokens(const QString& text)
{
    QStringList result;
    QString current;
    bool quoted = false;
    for (const QChar c : text) {
        if (c == QLatin1Char('"')) {
            quoted = !quoted;
        } else if (c.isSpace() && !quoted) {
            if (!current.isEmpty())
                result.push_back(current);
            current.clear();
        } else {
            current.push_back(c);
        }
    }
    if (!current.isEmpty())
        result.push_back(current);
    return result;
}

std::optional<double> valueIn(const std::map<std::string, double>& values, const std::string& name)
{
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional<double>(found->second);
}

const Json* parameterOf(const RunRecord& run, const std::string& name)
{
    if (!run.parameters.is_object())
        return nullptr;
    const auto found = run.parameters.find(name);
    return found == run.parameters.end() ? nullptr : &*found;
}

bool anywhere(const RunRecord& run, const std::string& text)
{
    return contains(run.name, text) || contains(run.model, text) || contains(run.dataset, text)
        || contains(run.notes, text) || contains(run.remark, text) || contains(run.id, text)
        || std::any_of(run.tags.begin(), run.tags.end(), [&](const std::string& tag) { return contains(tag, text); });
}

} // namespace

std::string parameterText(const Json& value)
{
    if (value.is_null())
        return {};
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<double> runNumber(const RunRecord& run, const std::string& field)
{
    if (field.starts_with("valid."))
        return valueIn(run.valid, field.substr(6));
    if (const auto metric = valueIn(run.test, field.starts_with("test.") ? field.substr(5) : field))
        return metric;
    if (const Json* parameter = parameterOf(run, field); parameter && parameter->is_number())
        return parameter->get<double>();
    if (field == "epochs")
        return run.epochs;
    if (field == "best_epoch")
        return run.bestEpoch;
    if (field == "seconds")
        return run.seconds;
    if (field == "seed")
        return static_cast<double>(run.seed);
    if (field == "memory")
        return static_cast<double>(run.peakMemoryBytes);
    if (field == "weights")
        return static_cast<double>(run.parameterCount);
    return std::nullopt;
}

std::string runText(const RunRecord& run, const std::string& field)
{
    if (field == "name")
        return run.name;
    if (field == "model")
        return run.model;
    if (field == "dataset")
        return run.dataset;
    if (field == "status")
        return runStatusName(run.status);
    if (field == "protocol")
        return run.protocolHash;
    if (field == "notes")
        return run.notes;
    if (field == "remark")
        return run.remark;
    if (field == "created")
        return run.created;
    if (field == "folder")
        return runFolderOf(run);
    if (field == "tag" || field == "tags") {
        std::string joined;
        for (const std::string& tag : run.tags)
            joined += (joined.empty() ? "" : " ") + tag;
        return joined;
    }
    const Json* parameter = parameterOf(run, field);
    return parameter ? parameterText(*parameter) : std::string();
}

std::optional<RunFilter::Term> RunFilter::parseTerm(const QString& token, QString* error)
{
    Term term;
    QString text = token;
    if (text.startsWith(QLatin1Char('-')) && text.size() > 1) {
        term.negated = true;
        text.remove(0, 1);
    }
    struct Operator {
        const char* sign;
        Relation relation;
    };
    // Longer signs first, so that ">=" is not read as ">".
    static constexpr std::array<Operator, 7> operators{
        {{">=", Relation::GreaterEqual}, {"<=", Relation::LessEqual}, {"!=", Relation::NotEqual},
            {">", Relation::Greater}, {"<", Relation::Less}, {"=", Relation::Equal}, {":", Relation::Contains}}};
    for (const Operator& op : operators) {
        const QString sign = QString::fromLatin1(op.sign);
        const qsizetype at = text.indexOf(sign);
        if (at <= 0)
            continue;
        term.field = lower(text.left(at).toStdString());
        term.relation = op.relation;
        term.text = lower(text.mid(at + sign.size()).toStdString());
        bool isNumber = false;
        term.number = QString::fromStdString(term.text).toDouble(&isNumber);
        const bool textRelation
            = op.relation == Relation::Contains || op.relation == Relation::Equal || op.relation == Relation::NotEqual;
        if (term.text.empty() || (!textRelation && !isNumber)) {
            *error = QCoreApplication::translate("RunFilter", "“%1” needs %2 after “%3”.")
                         .arg(token,
                             textRelation ? QCoreApplication::translate("RunFilter", "a text")
                                          : QCoreApplication::translate("RunFilter", "a number"),
                             sign);
            return std::nullopt;
        }
        return term;
    }
    term.text = lower(text.toStdString());
    return term;
}

RunFilter RunFilter::parse(const QString& text)
{
    RunFilter filter;
    for (const QString& token : tokens(text)) {
        const auto term = parseTerm(token, &filter.m_error);
        if (!term) {
            filter.m_terms.clear();
            return filter;
        }
        filter.m_terms.push_back(*term);
    }
    return filter;
}

bool RunFilter::numberHolds(const Term& term, double value)
{
    switch (term.relation) {
    case Relation::Greater: return value > term.number;
    case Relation::GreaterEqual: return value >= term.number;
    case Relation::Less: return value < term.number;
    case Relation::LessEqual: return value <= term.number;
    case Relation::NotEqual: return value != term.number;
    case Relation::Equal:
    case Relation::Contains: break;
    }
    return value == term.number;
}

bool RunFilter::holds(const Term& term, const RunRecord& run)
{
    if (term.field.empty())
        return anywhere(run, term.text);
    if (term.relation == Relation::Contains)
        return contains(runText(run, term.field), term.text);
    const auto number = runNumber(run, term.field);
    if (number) {
        // "=" compares what is typed with what is stored; a text that is no number equals no number.
        bool typed = false;
        QString::fromStdString(term.text).toDouble(&typed);
        return typed && numberHolds(term, *number);
    }
    const bool same = lower(runText(run, term.field)) == term.text;
    return (term.relation == Relation::Equal && same) || (term.relation == Relation::NotEqual && !same);
}

bool RunFilter::matches(const RunRecord& run) const
{
    return std::all_of(
        m_terms.begin(), m_terms.end(), [&](const Term& term) { return holds(term, run) != term.negated; });
}

std::vector<std::string> differingParameters(const std::vector<const RunRecord*>& runs)
{
    // Runs of one model have the same keys as a rule, so the keys are collected once per model and number of keys.
    std::set<std::pair<std::string_view, std::size_t>> seen;
    std::set<std::string> names;
    for (const RunRecord* run : runs) {
        if (!run->parameters.is_object() || !seen.emplace(run->model, run->parameters.size()).second)
            continue;
        for (const auto& item : run->parameters.items())
            names.insert(item.key());
    }
    std::vector<std::string> result;
    for (const std::string& name : names) {
        const Json* first = nullptr;
        const bool same = std::all_of(runs.begin(), runs.end(), [&](const RunRecord* run) {
            const Json* value = parameterOf(*run, name);
            first = first ? first : value;
            return !value || *first == *value;
        });
        if (!same)
            result.push_back(name);
    }
    return result;
}

bool isFolderTag(const std::string& tag)
{
    return tag.starts_with(folderPrefix);
}

std::string runFolderOf(const RunRecord& run)
{
    for (const std::string& tag : run.tags) {
        if (isFolderTag(tag))
            return tag.substr(folderPrefix.size());
    }
    return {};
}

std::vector<std::string> withFolder(std::vector<std::string> tags, const std::string& folder)
{
    std::erase_if(tags, isFolderTag);
    if (!folder.empty())
        tags.push_back(folderPrefix + folder);
    return tags;
}

} // namespace recoscope
