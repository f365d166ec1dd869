// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// recoscope-cli: parses, runs one command, turns every error into two lines and an exit code (docs/cli.md).

#include <cstdio>
#include <cstring>
#include <new>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/errors.h"
#include "app/cli/interrupt.h"
#include "app/cli/session.h"
#include "engine/kernels/ops.h"

namespace recoscope::cli {

namespace {

void addGlobalOptions(CLI::App& app, GlobalOptions& options)
{
    app.add_option("--workspace", options.workspace, "Folder of datasets and runs (default: your data folder)")
        ->type_name("DIR");
    app.add_flag("--json", options.json, "One JSON document on standard output, nothing else there");
    app.add_flag("--quiet", options.quiet, "No progress on standard error");
    app.add_option("--threads", options.threads, "Threads for computing (default: one per core)")
        ->check(CLI::Range(1, 4096));
    app.add_option("--device", options.device, "auto, cpu or cuda")->check(CLI::IsMember({"auto", "cpu", "cuda"}));
}

std::vector<std::string> commandNames(const CLI::App& app)
{
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

// The first word that is no option and no option's value, if it is not a command.
std::string unknownCommand(const std::vector<std::string>& words, const std::vector<std::string>& names)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--workspace" || words[i] == "--threads" || words[i] == "--device")
            ++i;
        else if (!words[i].starts_with("-"))
            return std::find(names.begin(), names.end(), words[i]) == names.end() ? words[i] : "";
    }
    return "";
}

Error usageError(const CLI::App& app, const std::vector<std::string>& words, const CLI::ParseError& error)
{
    const std::vector<std::string> names = commandNames(app);
    if (const std::string wrong = unknownCommand(words, names); !wrong.empty()) {
        const std::vector<std::string> near = nearestNames(wrong, names, 1);
        return Error(ErrorKind::Usage, "there is no command \"" + wrong + "\"",
            (near.empty() ? "" : "did you mean \"" + near.front() + "\"? ")
                + std::string("recoscope-cli --help lists the commands"));
    }
    std::string command;
    for (const CLI::App* chosen : app.get_subcommands())
        command += " " + chosen->get_name();
    std::string message = error.what();
    std::replace(message.begin(), message.end(), '\n', ' ');
    return Error(ErrorKind::Usage, message, "recoscope-cli" + command + " --help shows how it is used");
}

int runCommand(Session& session)
{
    if (session.options.threads > 0)
        kernels::setThreads(session.options.threads);
    session.setQuiet(session.options.quiet);
    InterruptWatcher watcher(
        [&session] { session.cancel(); }, [&session] { session.note("stopping; Ctrl-C again stops at once"); });
    return session.command();
}

int runProgram(int argc, char** argv)
{
    Session session;
    CLI::App app("Recoscope: train, compare and look into sequential recommenders.", "recoscope-cli");
    app.footer("Each command has its own --help with an example. Start with:\n"
               "  recoscope-cli generate --preset tour --name tour\n"
               "  recoscope-cli train --dataset tour --model markov");
    addGlobalOptions(app, session.options);
    app.require_subcommand(1);
    for (AddCommands add : commands())
        add(app, session);
    const std::vector<std::string> words(argv + 1, argv + argc);
    // Known before parsing, so that a wrong command line is reported in the form that was asked for.
    const bool json = std::find(words.begin(), words.end(), "--json") != words.end();
    try {
        app.parse(argc, argv);
        return runCommand(session);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::ParseError& error) {
        return reportError(usageError(app, words, error), json);
    } catch (const Error& error) {
        session.endProgress();
        return reportError(error, json);
    } catch (const std::bad_alloc&) {
        session.endProgress();
        return reportError(Error(ErrorKind::Resource, "there is not enough memory for this",
                               "close other programs, or use a smaller batch_size or max_length"),
            json);
    } catch (const std::exception& error) {
        session.endProgress();
        return reportError(unexpectedError(error, words, session.workspaceFolder()), json);
    }
}

} // namespace

} // namespace recoscope::cli

int main(int argc, char** argv)
{
    return recoscope::cli::runProgram(argc, argv);
}
