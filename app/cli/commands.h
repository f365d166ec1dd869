// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The commands, one function a group: each adds its subcommands to the parser and stores what to do in
// Session::command. commands() in registry.cpp is the visible list.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace recoscope::cli {

class Session;

using AddCommands = void (*)(CLI::App& app, Session& session);
const std::vector<AddCommands>& commands();

// A subcommand with its example, shown under --help.
CLI::App& addCommand(
    CLI::App& app, const std::string& name, const std::string& description, const std::string& example);
// The run that a command is about, its first word.
void addRunArgument(CLI::App& command, std::string& run);

void addImportCommands(CLI::App& app, Session& session); // import, generate
void addDownloadCommand(CLI::App& app, Session& session); // download
void addDatasetCommands(CLI::App& app, Session& session); // datasets, dataset, lint
void addModelCommands(CLI::App& app, Session& session); // models, model
void addTrainCommand(CLI::App& app, Session& session); // train
void addAdoptCommand(CLI::App& app, Session& session); // adopt
void addEvaluateCommand(CLI::App& app, Session& session); // evaluate
void addRunCommands(CLI::App& app, Session& session); // runs, run, delete, restore, purge
void addCompareCommand(CLI::App& app, Session& session); // compare
void addRecommendCommand(CLI::App& app, Session& session); // recommend
void addStatesCommand(CLI::App& app, Session& session); // states
void addInspectCommand(CLI::App& app, Session& session); // inspect
void addLatencyCommand(CLI::App& app, Session& session); // latency
void addScaleCommand(CLI::App& app, Session& session); // scale
void addEncodeCommand(CLI::App& app, Session& session); // encode
void addFitCommand(CLI::App& app, Session& session); // fit
void addBundleCommands(CLI::App& app, Session& session); // export, verify, open-bundle
void addParityCommand(CLI::App& app, Session& session); // parity
void addDoctorCommand(CLI::App& app, Session& session); // doctor
#ifdef RECOSCOPE_HAS_BENCHMARKS
void addBenchCommand(CLI::App& app, Session& session); // bench
#endif

} // namespace recoscope::cli
