// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// doctor: what this machine and this build have, what is missing, and how to get it.

#include <system_error>

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/data/parquet/parquet_api.h"
#include "engine/kernels/device_library.h"
#include "engine/training/trainer.h"

namespace recoscope::cli {

namespace {

struct Check {
    std::string name;
    bool ok = true;
    std::string detail, hint;
    bool needed = true; // false: slower or tighter without it, but everything works
};

Check workspaceCheck(Session& session)
{
    const Path folder = session.workspaceFolder();
    try {
        std::size_t deleted = 0;
        const std::vector<RunRecord> runs = session.workspace().store().runs(true);
        for (const RunRecord& run : runs)
            deleted += run.deleted ? 1 : 0;
        return {"workspace", true,
            folder.string() + ": " + std::to_string(session.workspace().store().datasets().size()) + " datasets, "
                + std::to_string(runs.size() - deleted) + " runs, " + std::to_string(deleted) + " in the bin",
            ""};
    } catch (const Error& error) {
        return {"workspace", false, folder.string() + ": " + error.message(), error.hint()};
    }
}

Check diskCheck(const Path& folder)
{
    constexpr double enough = 2e9;
    Path existing = folder;
    std::error_code ignored;
    while (!existing.empty() && !std::filesystem::exists(existing, ignored) && existing != existing.parent_path())
        existing = existing.parent_path();
    const double bytes = double(freeBytes(existing.empty() ? Path(".") : existing));
    return {"disk", bytes >= enough, bytesText(bytes) + " free", "free some space, or choose another --workspace"};
}

Check kernelsCheck()
{
    std::string paths;
    for (kernels::Path path : kernels::availablePaths())
        paths += (paths.empty() ? "" : ", ") + std::string(kernels::pathName(path));
    const bool vectors
        = kernels::activePath() != kernels::Path::Reference && kernels::activePath() != kernels::Path::Scalar;
    return {"kernels", vectors,
        std::string(kernels::pathName(kernels::activePath())) + " in use; this machine has " + paths,
        "a processor with AVX2 is several times faster; RECOSCOPE_KERNELS chooses a path", false};
}

Check memoryCheck()
{
    constexpr double enough = 4e9;
    const double bytes = double(physicalMemoryBytes());
    return {
        "memory", bytes >= enough, bytesText(bytes), "small datasets train within 1 GB; close other programs", false};
}

// A machine without a GPU lacks nothing; one with a driver that cannot be used does.
Check cudaCheck()
{
    const kernels::DeviceLibrary& library = kernels::deviceLibrary();
    std::string found = library.found;
    if (char text[256] = ""; library.api && library.api->tensorCores(text, sizeof text) == 0)
        found += std::string("; ") + text;
    return {"cuda", library.api || !library.driver, found,
        "build where a CUDA toolkit is found, and keep librecoscope_cuda.so beside the program", false};
}

Check parquetCheck()
{
    try {
        return {"parquet", true, std::string("Arrow ") + parquetReader().readerVersion, ""};
    } catch (const Error& error) {
        return {"parquet", false, error.message(), error.hint(), false};
    }
}

Check deviceCheck(const GlobalOptions& options)
{
    if (options.device != "cuda")
        return {"device", true, "cpu", ""};
    const CudaForTraining cuda = cudaForTraining();
    return {"device", cuda.usable, "cuda: " + cuda.found,
        "--device cpu always works; cuda needs a driver, librecoscope_cuda.so beside the program and the CUDA part of "
        "LibTorch beside its other libraries"};
}

int doctor(Session& session)
{
    const Json environment = environmentInfo();
    const std::vector<Check> checks = {workspaceCheck(session), diskCheck(session.workspaceFolder()), memoryCheck(),
        kernelsCheck(), cudaCheck(), parquetCheck(), deviceCheck(session.options)};
    Json list = Json::array();
    TextTable versions({"", ""});
    for (const auto& [key, value] : environment.items())
        versions.add({key, value.is_string() ? value.get<std::string>() : value.dump()});
    std::string text = versions.text() + "\n";
    bool allOk = true;
    for (const Check& check : checks) {
        allOk = allOk && (check.ok || !check.needed);
        list.push_back({{"name", check.name}, {"ok", check.ok}, {"needed", check.needed}, {"detail", check.detail},
            {"hint", check.ok ? "" : check.hint}});
        text += (check.ok              ? "ok       "
                        : check.needed ? "MISSING  "
                                       : "note     ")
            + check.name + ": " + check.detail + "\n";
        if (!check.ok)
            text += "         " + check.hint + "\n";
    }
    session.print({{"environment", environment}, {"checks", list}, {"ok", allOk}}, text);
    return allOk ? 0 : exitCode(ErrorKind::Resource);
}

} // namespace

void addDoctorCommand(CLI::App& app, Session& session)
{
    CLI::App& command
        = addCommand(app, "doctor", "Versions, processor, device, disk, and what is missing", "doctor --json");
    command.callback([&session] { session.command = [&session] { return doctor(session); }; });
}

} // namespace recoscope::cli
