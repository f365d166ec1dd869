// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/download.h"

#include <array>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>

#include <curl/curl.h>

#include "engine/core/error.h"
#include "engine/core/hash.h"

namespace recoscope {

namespace {

constexpr const char* publisher = "https://files.grouplens.org/datasets/movielens/";
constexpr long connectSeconds = 20;
constexpr long stalledSeconds = 30;

constexpr const char* researchTerms
    = "The data may be used for any research purpose under these conditions: do not state or imply any endorsement by "
      "the University of Minnesota or the GroupLens Research Group; acknowledge the use of the data set in "
      "publications; "
      "do not redistribute the data without separate permission; do not use it for any commercial or revenue-bearing "
      "purpose without first obtaining permission. The data comes without any warranty.";

struct Transfer {
    std::FILE* file = nullptr;
    std::uint64_t written = 0; // what the file holds
    std::uint64_t limit = 0;
    bool tooLong = false;
    bool diskError = false;
    bool cancelled = false;
    Progress* progress = nullptr;
    std::string text;
};

std::size_t writeBody(char* data, std::size_t size, std::size_t count, void* user)
{
    auto& transfer = *static_cast<Transfer*>(user);
    const std::size_t bytes = size * count;
    transfer.tooLong = transfer.written + bytes > transfer.limit;
    if (transfer.tooLong)
        return 0;
    transfer.diskError = std::fwrite(data, 1, bytes, transfer.file) != bytes;
    transfer.written += transfer.diskError ? 0 : bytes;
    return transfer.diskError ? 0 : bytes;
}

int onProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t)
{
    auto& transfer = *static_cast<Transfer*>(user);
    transfer.progress->update(
        static_cast<double>(transfer.written) / static_cast<double>(transfer.limit), transfer.text);
    transfer.cancelled = transfer.progress->cancelRequested();
    return transfer.cancelled ? 1 : 0;
}

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
struct FreeCurl {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

std::uint64_t sizeOf(const Path& file)
{
    std::error_code code;
    const std::uint64_t size = std::filesystem::file_size(file, code);
    return code ? 0 : size;
}

// What is wrong with a whole file; nothing when it is the one expected.
std::optional<std::string> fault(const DownloadableArchive& archive, const Path& file)
{
    const std::uint64_t size = sizeOf(file);
    if (size != archive.bytes)
        return "it has " + std::to_string(size) + " bytes, " + std::to_string(archive.bytes) + " were expected";
    const std::string md5 = md5HexOfFile(file);
    if (md5 != archive.md5)
        return "its checksum is " + md5 + ", " + archive.md5 + " was expected";
    return std::nullopt;
}

class ArchiveDownload {
public:
    ArchiveDownload(const DownloadableArchive& archive, std::string url, Path part, Progress& progress)
        : m_archive(archive)
        , m_url(std::move(url))
        , m_part(std::move(part))
    {
        m_transfer.limit = archive.bytes;
        m_transfer.progress = &progress;
        m_transfer.text = "Fetching " + archive.title;
    }

    // Appends to the partial file. A server that cannot continue is asked for the whole once more.
    void run()
    {
        std::uint64_t from = sizeOf(m_part);
        if (from > m_archive.bytes)
            from = 0;
        if (from == m_archive.bytes)
            return;
        const long status = transfer(from);
        if (from > 0 && (status == 200 || status == 416))
            transfer(0);
    }

private:
    // Returns the HTTP status.
    long transfer(std::uint64_t from)
    {
        const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(m_part.c_str(), from > 0 ? "ab" : "wb"));
        if (!file)
            throw Error(ErrorKind::Resource, "cannot write '" + m_part.string() + "'",
                "choose a folder that this user may write to");
        m_transfer.file = file.get();
        m_transfer.written = from;
        const std::unique_ptr<CURL, FreeCurl> curl(curl_easy_init());
        if (!curl)
            throw Error(ErrorKind::Resource, "the download library could not be started", "try again");
        std::array<char, CURL_ERROR_SIZE> reason{};
        configure(curl.get(), from, reason.data());
        const CURLcode code = curl_easy_perform(curl.get());
        long status = 0;
        curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
        const bool flushed = std::fflush(file.get()) == 0;
        if (from > 0 && (code == CURLE_RANGE_ERROR || status == 200 || status == 416))
            return status == 416 ? 416 : 200;
        explain(code, flushed, status, reason.data());
        return status;
    }

    void configure(CURL* curl, std::uint64_t from, char* reason)
    {
        curl_easy_setopt(curl, CURLOPT_URL, m_url.c_str());
        curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
        curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, connectSeconds);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stalledSeconds);
        curl_easy_setopt(curl, CURLOPT_USERAGENT, "recoscope");
        curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, writeBody);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &m_transfer);
        curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, onProgress);
        curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &m_transfer);
        if (from > 0)
            curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(from));
    }

    void explain(CURLcode code, bool flushed, long status, const char* reason) const
    {
        if (m_transfer.cancelled)
            throw Error(ErrorKind::Cancelled, "the download of '" + m_archive.name + "' was cancelled",
                "start it again to continue where it stopped");
        if (m_transfer.tooLong)
            return; // the check of the size tells, and deletes
        if (m_transfer.diskError || !flushed)
            throw Error(ErrorKind::Resource,
                "disk full: cannot write '" + m_part.string() + "' (" + std::to_string(m_archive.bytes)
                    + " bytes needed)",
                "free some space and start the download again");
        if (code == CURLE_OK)
            return;
        const std::string why = reason[0] ? reason : curl_easy_strerror(code);
        if (code == CURLE_HTTP_RETURNED_ERROR)
            throw Error(ErrorKind::Resource, "'" + m_url + "' answers with status " + std::to_string(status),
                "try again later, or fetch the archive by hand and import it");
        throw Error(ErrorKind::Resource,
            "cannot fetch '" + m_url + "': " + why + " (" + std::to_string(m_transfer.written) + " of "
                + std::to_string(m_archive.bytes) + " bytes are there)",
            "check the network and start the download again: it continues where it stopped");
    }

    const DownloadableArchive& m_archive;
    std::string m_url;
    Path m_part;
    Transfer m_transfer;
};

} // namespace

const std::vector<DownloadableArchive>& downloadableArchives()
{
    const auto archive
        = [](const char* name, const char* title, const char* description, std::uint64_t bytes, const char* md5) {
              return DownloadableArchive{name, title, description, std::string(publisher) + name + ".zip", bytes, md5,
                  researchTerms, std::string(publisher) + name + "-README.txt"};
          };
    static const std::vector<DownloadableArchive> list = {
        archive("ml-100k", "MovieLens 100K", "943 users, 1,682 films, 100,000 ratings, 1997 to 1998", 4'924'029,
            "0e33842e24a9c977be4e0107933c0723"),
        archive("ml-1m", "MovieLens 1M", "6,040 users, 3,706 films, 1,000,209 ratings, 2000 to 2003", 5'917'549,
            "c4d9eecfca2ab87c1945afe126590906"),
        archive("ml-20m", "MovieLens 20M", "138,493 users, 26,744 films, 20,000,263 ratings, 1995 to 2015", 198'702'078,
            "cd245b17a1ae2cc31bb14903e1204af3"),
        archive("ml-25m", "MovieLens 25M", "162,541 users, 59,047 films, 25,000,095 ratings, 1995 to 2019", 261'978'986,
            "6b51fb2759a8657d3bfcbfc42b592ada"),
    };
    return list;
}

const DownloadableArchive& findArchive(const std::string& name)
{
    std::string known;
    for (const DownloadableArchive& archive : downloadableArchives()) {
        if (archive.name == name)
            return archive;
        known += (known.empty() ? "" : ", ") + archive.name;
    }
    throw Error(ErrorKind::NotFound, "no archive '" + name + "' is known", "choose one of " + known);
}

Path downloadArchive(
    const DownloadableArchive& archive, const Path& folder, Progress& progress, const std::string& baseUrl)
{
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    const std::string file = archive.url.substr(archive.url.rfind('/') + 1);
    const Path target = folder / file;
    if (std::filesystem::exists(target) && !fault(archive, target))
        return target;
    std::filesystem::create_directories(folder);
    const Path part = folder / (file + ".part");
    if (freeBytes(folder) + sizeOf(part) < archive.bytes)
        throw Error(ErrorKind::Resource,
            "disk full: '" + archive.name + "' needs " + std::to_string(archive.bytes) + " bytes in '" + folder.string()
                + "'",
            "free some space or choose another folder");
    ArchiveDownload(archive, baseUrl.empty() ? archive.url : baseUrl + "/" + file, part, progress).run();
    if (const std::optional<std::string> wrong = fault(archive, part)) {
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
        throw Error(ErrorKind::Input, "'" + file + "' is not what its publisher announced: " + *wrong,
            "start the download again; the wrong file was deleted");
    }
    std::filesystem::rename(part, target);
    progress.update(1.0, "Fetched " + archive.title);
    return target;
}

} // namespace recoscope
