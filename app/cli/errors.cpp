// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later

#include "app/cli/errors.h"

#include <cstdio>
#include <ctime>
#include <fstream>
#include <system_error>

#include "engine/core/json.h"

namespace recoscope::cli {

int reportError(const Error& error, bool json)
{
    std::fprintf(stderr, "error: %s\nhint: %s\n", error.message().c_str(), error.hint().c_str());
    if (json) {
        const Json document = {
            {"error", {{"kind", errorKindName(error.kind())}, {"message", error.message()}, {"hint", error.hint()}}}};
        std::printf("%s\n", document.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    }
    return exitCode(error.kind());
}

Error unexpectedError(const std::exception& error, const std::vector<std::string>& words, const Path& workspace)
{
    const Path log = workspace / "errors.log";
    std::error_code ignored;
    std::filesystem::create_directories(workspace, ignored);
    std::ofstream out(log, std::ios::app);
    char time[32] = "";
    const std::time_t now = std::time(nullptr);
    std::tm utc{};
    std::strftime(time, sizeof time, "%FT%TZ", gmtime_r(&now, &utc));
    out << time << " recoscope-cli";
    for (const std::string& word : words)
        out << ' ' << word;
    out << "\n  " << error.what() << '\n';
    const std::string where = out ? "the log is " + log.string() : "the log " + log.string() + " could not be written";
    return Error(ErrorKind::Internal, std::string("unexpected: ") + error.what(),
        "this is a bug; " + where + ", please send it with what you did");
}

} // namespace recoscope::cli
