// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/run_words.h"

#include <algorithm>

#include <QCoreApplication>

#include "engine/models/registry.h"

namespace recoscope {

namespace {

QString word(const char* text)
{
    return QCoreApplication::translate("RunWords", text);
}

} // namespace

QString modelTitle(const std::string& registryName)
{
    const auto& models = modelRegistry();
    const auto found = std::find_if(
        models.begin(), models.end(), [&](const ModelDescriptor& model) { return model.name == registryName; });
    return QString::fromStdString(found == models.end() ? registryName : found->title);
}

QString statusText(RunStatus status)
{
    switch (status) {
    case RunStatus::Queued: return word("queued");
    case RunStatus::Running: return word("running");
    case RunStatus::Paused: return word("paused");
    case RunStatus::Finished: return word("finished");
    case RunStatus::Stopped: return word("stopped");
    case RunStatus::Cancelled: return word("cancelled");
    case RunStatus::Failed: return word("failed");
    case RunStatus::Interrupted: break;
    }
    return word("interrupted");
}

StatusTone statusTone(RunStatus status)
{
    switch (status) {
    case RunStatus::Running: return StatusTone::Accent;
    case RunStatus::Finished: return StatusTone::Good;
    case RunStatus::Failed: return StatusTone::Bad;
    case RunStatus::Paused:
    case RunStatus::Stopped:
    case RunStatus::Interrupted: return StatusTone::Warn;
    case RunStatus::Queued:
    case RunStatus::Cancelled: break;
    }
    return StatusTone::Neutral;
}

bool canResume(const RunRecord& run)
{
    const bool runsNow = run.status == RunStatus::Running || run.status == RunStatus::Paused;
    return run.status != RunStatus::Finished && !runsNow && !run.deleted;
}

} // namespace recoscope
