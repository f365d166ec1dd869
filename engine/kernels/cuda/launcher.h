// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What an operation asks of whoever runs its kernels. Operations are templates over a Launcher with
//
//   launch(kernel, blocks, sharedBytes)   in order; nothing when there are no blocks
//   temporary<T>(count), Scope, call()    as Workspace below
//   warpGroups(), tileMap(source)         whether kernels may use the words of wgmma.h, and what copyTile() reads
//
// Memory comes from the caller's workspace: a first run of the operation without one only measures it, so that an
// operation never allocates and can be captured in a CUDA graph.
#pragma once

#include "engine/core/error.h"
#include "engine/kernels/device_api.h"

#include <cstddef>

namespace recoscope::kernels::cuda {

class Workspace {
public:
    explicit Workspace(const DeviceCall& call)
        : m_call(call)
    {
    }

    const DeviceCall& call() const { return m_call; }
    bool measuring() const { return m_call.workspace == nullptr && m_call.workspaceNeeded != nullptr; }

    template <class T> T* temporary(std::int64_t count)
    {
        constexpr std::int64_t alignment = 256;
        const std::int64_t at = m_used;
        m_used += (count * static_cast<std::int64_t>(sizeof(T)) + alignment - 1) / alignment * alignment;
        m_most = m_used > m_most ? m_used : m_most;
        if (measuring())
            return nullptr;
        if (m_used > m_call.workspaceBytes)
            throw Error(ErrorKind::Usage, "the workspace of a CUDA operation is too small",
                "ask for its size first: call without a workspace and with workspaceNeeded");
        return reinterpret_cast<T*>(static_cast<std::byte*>(m_call.workspace) + at);
    }

    // What is asked for while it lives is free again afterwards: kernels run in order.
    class Scope {
    public:
        explicit Scope(Workspace& workspace)
            : m_workspace(workspace)
            , m_used(workspace.m_used)
        {
        }
        ~Scope() { m_workspace.m_used = m_used; }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

    private:
        Workspace& m_workspace;
        std::int64_t m_used;
    };

    void finish() const
    {
        if (m_call.workspaceNeeded)
            *m_call.workspaceNeeded = m_most;
    }

private:
    const DeviceCall& m_call;
    std::int64_t m_used = 0, m_most = 0;
};

} // namespace recoscope::kernels::cuda
