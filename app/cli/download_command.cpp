// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// download: public datasets from their publisher, after their terms were shown and accepted.

#include <CLI/CLI.hpp>

#include "app/cli/commands.h"
#include "app/cli/dataset_json.h"
#include "app/cli/session.h"
#include "app/cli/text.h"
#include "engine/core/error.h"
#include "engine/data/download.h"

namespace recoscope::cli {

namespace {

struct DownloadWords {
    std::string archive, name, baseUrl;
    bool acceptTerms = false;
};

Json archiveJson(const DownloadableArchive& a)
{
    return {{"name", a.name}, {"title", a.title}, {"description", a.description}, {"url", a.url}, {"bytes", a.bytes},
        {"md5", a.md5}, {"terms", a.terms}, {"terms_url", a.termsUrl}};
}

int listArchives(Session& session)
{
    Json archives = Json::array();
    TextTable table({"name", "what", "size"});
    for (const DownloadableArchive& a : downloadableArchives()) {
        archives.push_back(archiveJson(a));
        table.add({a.name, a.title + ": " + a.description, bytesText(double(a.bytes))});
    }
    session.print({{"downloads", archives}}, table.text());
    return 0;
}

int download(Session& session, const DownloadWords& words)
{
    if (words.archive.empty())
        return listArchives(session);
    const DownloadableArchive& archive = findArchive(words.archive);
    if (!words.acceptTerms) {
        session.print(archiveJson(archive),
            archive.title + " (" + bytesText(double(archive.bytes)) + ") from " + archive.url + "\n\n" + archive.terms
                + "\n" + archive.termsUrl
                + "\n\nTo fetch it under these terms: "
                  "recoscope-cli download "
                + archive.name + " --accept-terms\n");
        return 0;
    }
    Workspace& workspace = session.workspace();
    const Path file = downloadArchive(archive, workspace.folder() / "downloads", session.progress(), words.baseUrl);
    const std::string name = words.name.empty() ? archive.name : words.name;
    const auto dataset = workspace.importFile(file, name, ImportOptions(), session.progress());
    session.print(importJson(dataset->info()), importText(dataset->info()));
    return 0;
}

} // namespace

void addDownloadCommand(CLI::App& app, Session& session)
{
    CLI::App& command = addCommand(app, "download", "Public datasets from their publisher, once you accept their terms",
        "download ml-latest-small --accept-terms");
    auto words = std::make_shared<DownloadWords>();
    command.add_option("archive", words->archive, "Which one; without it, those there are");
    command.add_flag("--accept-terms", words->acceptTerms, "I have read the terms and accept them");
    command.add_option("--name", words->name, "Name of the dataset in the workspace (default: the archive's)");
    command.add_option("--mirror", words->baseUrl, "Folder address to fetch from, in place of the publisher's");
    command.callback([&session, words] { session.command = [&session, words] { return download(session, *words); }; });
}

} // namespace recoscope::cli
