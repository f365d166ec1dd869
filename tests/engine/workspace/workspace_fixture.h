// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// A workspace in a fresh folder, with a small generated dataset, and what a run needs to be carried out.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/core/hash.h"
#include "engine/workspace/workspace.h"
#include "tests/engine/core/folder_test.h"

namespace recoscope::test {

class WorkspaceTest : public FolderTest {
protected:
    Path folder() const { return m_folder / "work"; }

    void open() { m_workspace = std::make_unique<Workspace>(folder()); }
    void close() { m_workspace.reset(); }
    Workspace& workspace() { return *m_workspace; }
    void TearDown() override
    {
        close();
        FolderTest::TearDown();
    }

    std::shared_ptr<const Dataset> generate(const std::string& name = "small")
    {
        const Json parameters = {{"users", 120}, {"items", 60}, {"clusters", 4}, {"mean_length", 14.0}};
        return workspace().generate(parameters, 3, name, m_progress);
    }
    RunId create(const std::string& model, const Json& parameters)
    {
        Workspace::NewRun request;
        request.dataset = "small";
        request.model = model;
        request.parameters = parameters;
        request.protocol.filter = FilterKind::None;
        return workspace().createRun(request);
    }
    RunRecord execute(const RunId& id)
    {
        Progress progress;
        return workspace().execute(id, m_control, m_listener, progress);
    }
    RunRecord resume(const RunId& id)
    {
        Progress progress;
        return workspace().resume(id, m_control, m_listener, progress);
    }
    // Path below the test's folder -> hash of the content, for everything there.
    std::map<std::string, std::string> tree() const
    {
        std::map<std::string, std::string> files;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(m_folder)) {
            const std::string name = std::filesystem::relative(entry.path(), m_folder).string();
            files[name] = entry.is_regular_file() ? sha256HexOfFile(entry.path()) : "folder";
        }
        return files;
    }

    std::unique_ptr<Workspace> m_workspace;
    Progress m_progress;
    TrainControl m_control;
    TrainListener m_listener;
};

} // namespace recoscope::test
