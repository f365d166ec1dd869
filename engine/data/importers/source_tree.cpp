// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/data/importers/source_tree.h"

#include <algorithm>
#include <system_error>

#include "engine/core/error.h"
#include "engine/data/importers/delimited_text.h"

namespace recoscope {

namespace {

constexpr std::size_t maxFiles = 10'000;
constexpr int maxDepth = 2;

std::vector<std::string> filesBelow(const Path& folder, int depth)
{
    namespace fs = std::filesystem;
    std::vector<std::string> names;
    std::error_code code;
    fs::recursive_directory_iterator entries(folder, fs::directory_options::skip_permission_denied, code);
    if (code)
        throw Error(ErrorKind::Resource, "cannot read folder '" + folder.string() + "': " + code.message(),
            "give this user access to the folder");
    for (; entries != fs::recursive_directory_iterator() && names.size() < maxFiles; entries.increment(code)) {
        if (code)
            break;
        if (entries.depth() >= depth)
            entries.disable_recursion_pending();
        if (entries->is_regular_file(code))
            names.push_back(entries->path().lexically_relative(folder).generic_string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace

std::string plainName(const std::string& name)
{
    std::string plain = name.substr(name.rfind('/') + 1);
    for (const char* packing : {".gz", ".zst", ".bz2", ".xz"}) {
        if (plain.ends_with(packing))
            return plain.substr(0, plain.size() - std::string_view(packing).size());
    }
    return plain;
}

SourceTree::SourceTree(const Path& source)
    : m_source(source)
{
    std::error_code code;
    const auto status = std::filesystem::status(source, code);
    if (!std::filesystem::exists(status))
        throw Error(ErrorKind::NotFound, "there is no file or folder '" + source.string() + "'", "check the path");
    if (std::filesystem::is_directory(status)) {
        m_names = filesBelow(source, maxDepth);
    } else if (isZip(source)) {
        m_zip = true;
        m_names = zipMembers(source);
        std::sort(m_names.begin(), m_names.end());
    } else {
        m_primary = source.filename().string();
        m_source = source.has_parent_path() ? source.parent_path() : Path(".");
        m_names = filesBelow(m_source, 0);
    }
}

std::string SourceTree::find(const std::function<bool(const std::string& plainName)>& fits) const
{
    const auto found
        = std::find_if(m_names.begin(), m_names.end(), [&](const std::string& name) { return fits(plainName(name)); });
    return found == m_names.end() ? "" : *found;
}

std::string SourceTree::findNamed(const std::string& plainName) const
{
    return find([&](const std::string& name) { return name == plainName; });
}

std::unique_ptr<ByteSource> SourceTree::open(const std::string& name) const
{
    return m_zip ? openZipMember(m_source, name) : openByteSource(m_source / name);
}

std::string SourceTree::head(const std::string& name) const
{
    return readHead(*open(name));
}

} // namespace recoscope
