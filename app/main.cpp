// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The window: recoscope [--workspace DIR] [--sample] [--screenshots DIR [--dark] [--size WxH]] [--startup-time]
// [FILE...]
#include <cstdio>
#include <memory>

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QMessageBox>
#include <QSettings>
#include <QTemporaryDir>
#include <QTimer>

#include "app/screenshots.h"
#include "app/startup_time.h"
#include "app/workbench.h"
#include "engine/core/error.h"
#include "widgets/core/english_plurals.h"

using namespace recoscope;

namespace {

int fail(const Error& error, bool headless)
{
    std::fprintf(stderr, "error: %s\nhint: %s\n", error.message().c_str(), error.hint().c_str());
    if (!headless)
        QMessageBox::critical(
            nullptr, QObject::tr("Recoscope"), QString::fromStdString(error.message() + "\n\n" + error.hint()));
    return exitCode(error.kind());
}

} // namespace

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    QApplication::setOrganizationName(QStringLiteral("Recoscope"));
    QApplication::setApplicationName(QStringLiteral("Recoscope"));
    QApplication::setApplicationVersion(QStringLiteral(RECOSCOPE_VERSION));

    EnglishPlurals plurals;
    QApplication::installTranslator(&plurals);

    QCommandLineParser parser;
    parser.setApplicationDescription(QObject::tr("A workbench for sequential recommenders."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption workspace(
        QStringLiteral("workspace"), QObject::tr("Workspace folder."), QStringLiteral("folder"));
    const QCommandLineOption screenshots(QStringLiteral("screenshots"),
        QObject::tr("Save a picture of every page to a folder and quit."), QStringLiteral("folder"));
    const QCommandLineOption dark(QStringLiteral("dark"), QObject::tr("Dark theme."));
    const QCommandLineOption size(QStringLiteral("size"), QObject::tr("Size of the window, as 1440x900."),
        QStringLiteral("size"), QStringLiteral("1440x900"));
    const QCommandLineOption sample(QStringLiteral("sample"), QObject::tr("Open the sample data."));
    const QCommandLineOption startupTime(
        QStringLiteral("startup-time"), QObject::tr("Print how long the start took, and quit."));
    parser.addOptions({workspace, screenshots, dark, size, sample, startupTime});
    parser.addPositionalArgument(QStringLiteral("files"), QObject::tr("Data files to import."));
    parser.process(application);

    const bool headless = parser.isSet(screenshots);
    // A tour neither reads nor changes how the user has arranged the window.
    const QTemporaryDir settings;
    if (headless)
        QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, settings.path());
    QString folder = parser.value(workspace);
    if (folder.isEmpty() && !headless)
        folder = QSettings().value(QStringLiteral("workspace")).toString();
    try {
        Workbench workbench(folder, headless);
        if (parser.isSet(dark))
            workbench.setThemeOnce(ThemeMode::Dark);
        else if (headless)
            workbench.setThemeOnce(ThemeMode::Light);
        workbench.open();
        if (headless)
            return takeScreenshots(workbench, parser.value(screenshots), parser.value(size));
        if (parser.isSet(sample))
            workbench.openSample();
        workbench.openFiles(parser.positionalArguments());
        std::unique_ptr<StartupTime> timer;
        if (parser.isSet(startupTime))
            timer = std::make_unique<StartupTime>(workbench, parser.isSet(sample));
        return QApplication::exec();
    } catch (const Error& error) {
        return fail(error, headless);
    }
}
