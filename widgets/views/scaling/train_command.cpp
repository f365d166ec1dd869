// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/train_command.h"

#include <QRegularExpression>
#include <QStringList>

#include "engine/models/registry.h"
#include "engine/training/trainer.h"

namespace recoscope {

namespace {

// In single quotes where a shell would take it apart.
QString shellWord(const std::string& text)
{
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./:=,+@-]+$"));
    QString word = QString::fromStdString(text);
    if (plain.match(word).hasMatch())
        return word;
    return u'\'' + word.replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

// A list as the command line takes it: 1,5,10.
std::string withoutBrackets(std::string text)
{
    std::erase_if(text, [](char c) { return c == '[' || c == ']'; });
    return text;
}

} // namespace

QString trainCommand(const Workspace::NewRun& run)
{
    QStringList words{QStringLiteral("recoscope-cli train --dataset"), shellWord(run.dataset),
        QStringLiteral("--model"), shellWord(run.model)};
    const ParameterSchema schema = fullSchema(findModel(run.model));
    for (const Parameter& parameter : schema.parameters()) {
        const auto value = run.parameters.find(parameter.name);
        if (value == run.parameters.end() || *value == parameter.defaultValue)
            continue;
        const std::string text = value->is_string() ? value->get<std::string>() : value->dump();
        words << QStringLiteral("--set") << shellWord(parameter.name + "=" + text);
    }
    for (const ProtocolDifference& difference : differences(Protocol(), run.protocol))
        words << QStringLiteral("--protocol") << shellWord(difference.key + "=" + withoutBrackets(difference.b));
    words << QStringLiteral("--seed %1").arg(run.seed) << QStringLiteral("--name") << shellWord(run.name);
    for (const std::string& tag : run.tags)
        words << QStringLiteral("--tag") << shellWord(tag);
    return words.join(u' ');
}

} // namespace recoscope
