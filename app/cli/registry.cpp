// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"

namespace recoscope::cli {

const std::vector<AddCommands>& commands()
{
    static const std::vector<AddCommands> list = {addImportCommands, addDownloadCommand, addDatasetCommands,
        addModelCommands, addTrainCommand, addAdoptCommand, addEvaluateCommand, addRunCommands, addCompareCommand,
        addRecommendCommand, addStatesCommand, addInspectCommand, addLatencyCommand, addEncodeCommand, addScaleCommand,
        addFitCommand, addBundleCommands, addParityCommand,
#ifdef RECOSCOPE_HAS_BENCHMARKS
        addBenchCommand,
#endif
        addDoctorCommand};
    return list;
}

CLI::App& addCommand(CLI::App& app, const std::string& name, const std::string& description, const std::string& example)
{
    CLI::App* command = app.add_subcommand(name, description);
    command->footer("Example:\n  recoscope-cli " + example);
    command->fallthrough();
    return *command;
}

void addRunArgument(CLI::App& command, std::string& run)
{
    command.add_option("run", run, "Run: id, unique beginning of it, or name")->required();
}

} // namespace recoscope::cli
