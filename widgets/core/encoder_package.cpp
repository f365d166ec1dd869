// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/encoder_package.h"

#include <algorithm>

#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr int lookEvery = 100; // ms, for a wish to cancel

// What follows `key` in the last line that begins with it.
QString lineAfter(const QString& text, const QString& key)
{
    const QStringList lines = text.split(QRegularExpression(QStringLiteral("[\r\n]")), Qt::SkipEmptyParts);
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        if (line->startsWith(key))
            return line->mid(key.size()).trimmed();
    return {};
}

// The last percentage that the fetching program printed, from 0 to 1; negative before the first.
double fractionIn(const QString& text)
{
    static const QRegularExpression percentage(QStringLiteral("([0-9]+\\.[0-9])%"));
    double fraction = -1.0;
    for (auto match = percentage.globalMatch(text); match.hasNext();)
        fraction = match.next().captured(1).toDouble() / 100.0;
    return fraction;
}

[[noreturn]] void failWith(const QString& script, const QString& said)
{
    const QString problem = lineAfter(said, QStringLiteral("error: ")),
                  hint = lineAfter(said, QStringLiteral("hint: "));
    throw Error(ErrorKind::Resource,
        (problem.isEmpty() ? QStringLiteral("%1 failed").arg(script) : problem).toStdString(),
        (hint.isEmpty() ? QStringLiteral("run it in a terminal to see why; any other folder of a text model will do as "
                                         "well")
                        : hint)
            .toStdString());
}

// Everything that the script says on either channel.
QString runScript(const QString& script, const QStringList& words, Progress& progress)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    // The script's own programs end with it only where `timeout` passes the signal on to all of them.
    QStringList command{QStringLiteral("bash"), script};
    if (!QStandardPaths::findExecutable(QStringLiteral("timeout")).isEmpty())
        command = QStringList{QStringLiteral("timeout"), QStringLiteral("1d")} + command;
    command += words;
    process.start(command.takeFirst(), command);
    if (!process.waitForStarted())
        failWith(script, {});
    QString said;
    while (process.state() != QProcess::NotRunning) {
        process.waitForFinished(lookEvery);
        said += QString::fromUtf8(process.readAll());
        if (progress.cancelRequested()) {
            process.terminate();
            if (!process.waitForFinished(10 * lookEvery))
                process.kill();
            process.waitForFinished();
            progress.checkCancelled();
        }
        if (const double fraction = fractionIn(said); fraction >= 0.0)
            progress.update(fraction, "Fetching the text encoder");
    }
    said += QString::fromUtf8(process.readAll());
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        failWith(script, said);
    return said.trimmed();
}

QString pathText(const Path& path)
{
    return QString::fromStdString(path.string());
}

} // namespace

QString encoderScript()
{
    const QString folder = qEnvironmentVariable("RECOSCOPE_SCRIPTS", QStringLiteral(RECOSCOPE_SCRIPTS_FOLDER));
    return QStringLiteral("%1/get_text_encoder.sh").arg(folder);
}

std::vector<Path> encoderFolders(const Path& workspace)
{
    std::vector<Path> folders;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(workspace / "encoders", none))
        if (exists(entry.path() / "config.json"))
            folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    return folders;
}

QString encoderTerms(const QString& script, const Path& workspace)
{
    Progress progress;
    const QString said = runScript(script, {pathText(workspace)}, progress);
    return said.section(QStringLiteral("\nTo fetch it"), 0, 0); // what follows is for a terminal
}

Path fetchEncoder(const QString& script, const Path& workspace, Progress& progress)
{
    runScript(script, {QStringLiteral("--accept-licence"), pathText(workspace)}, progress);
    return workspace / "encoders" / pinnedEncoder;
}

} // namespace recoscope
