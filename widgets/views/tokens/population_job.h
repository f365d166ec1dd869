// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the tokens of runs are worth over all users: measured in a job when asked for, and kept as long as the window
// lives. One at a time. GUI thread.
#pragma once

#include <QObject>

#include <map>

#include "engine/inspection/token_population.h"
#include "widgets/core/jobs.h"
#include "widgets/views/tokens/tokens_data.h"

namespace recoscope {

using TokenPopulationPtr = std::shared_ptr<const TokenPopulation>;

class PopulationJob : public QObject {
    Q_OBJECT

public:
    explicit PopulationJob(Jobs& jobs, QObject* parent = nullptr);

    void start(std::shared_ptr<const TokensData> data);
    void cancel();
    // Cancels what is being measured of another run.
    void keepTo(const RunId& run);
    bool isRunning() const { return m_job != 0; }
    TokenPopulationPtr found(const RunId& run) const; // null: not measured

signals:
    void changed(); // started, ended or cancelled
    void failed(const recoscope::JobFailure& failure);

private:
    void end();

    Jobs& m_jobs;
    JobId m_job = 0; // 0 = none
    RunId m_run; // of the job
    std::map<RunId, TokenPopulationPtr> m_found;
};

} // namespace recoscope
