// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/population_job.h"

namespace recoscope {

PopulationJob::PopulationJob(Jobs& jobs, QObject* parent)
    : QObject(parent)
    , m_jobs(jobs)
{
    connect(&jobs, &Jobs::cancelled, this, [this](JobId id) {
        if (id == m_job)
            end();
    });
}

void PopulationJob::start(std::shared_ptr<const TokensData> data)
{
    if (isRunning())
        return;
    m_run = data->run->run;
    m_job = m_jobs.run(
        {JobLane::Work, tr("Tokens of %1 over all users").arg(data->run->runName), {}}, this,
        [data](Progress& progress) {
            return std::make_shared<const TokenPopulation>(tokenPopulation(*data->run->session, progress));
        },
        [this](TokenPopulationPtr found) {
            m_found[m_run] = std::move(found);
            end();
        },
        [this](const JobFailure& failure) {
            end();
            emit failed(failure);
        });
    emit changed();
}

void PopulationJob::cancel()
{
    if (isRunning())
        m_jobs.cancel(m_job);
}

void PopulationJob::keepTo(const RunId& run)
{
    if (m_run != run)
        cancel();
}

TokenPopulationPtr PopulationJob::found(const RunId& run) const
{
    const auto entry = m_found.find(run);
    return entry == m_found.end() ? nullptr : entry->second;
}

void PopulationJob::end()
{
    m_job = 0;
    emit changed();
}

} // namespace recoscope
