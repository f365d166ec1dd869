// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/device_box.h"

#include <QStandardItemModel>

#include "engine/core/error.h"
#include "engine/training/trainer.h"
#include "widgets/core/formatting.h"
#include "widgets/core/jobs.h"

namespace recoscope {

namespace {

enum Place { Processor, Gpu };

} // namespace

DeviceBox::DeviceBox(QWidget* parent)
    : QComboBox(parent)
{
    addItem(tr("Processor"), QStringLiteral("cpu"));
    addItem(tr("GPU"), QStringLiteral("cuda"));
    showChoice();
}

void DeviceBox::lookForDevice(Jobs& jobs)
{
    jobs.run(
        {JobLane::Inspect, tr("Look for a GPU"), QStringLiteral("train-device")}, this,
        [](Progress&) { return cudaForTraining(); }, // looked for once, and known from then on
        [this](const CudaForTraining&) {
            m_looked = true;
            showChoice();
        });
}

void DeviceBox::setModel(const std::string& registryName)
{
    m_model = registryName;
    showChoice();
}

std::string DeviceBox::device() const
{
    return currentData().toString().toStdString();
}

void DeviceBox::showChoice()
{
    const QString reason = whyNotGpu();
    auto* gpu = static_cast<QStandardItemModel*>(model())->item(Gpu);
    gpu->setEnabled(reason.isEmpty());
    gpu->setToolTip(format::wrapped(reason));
    if (!reason.isEmpty())
        setCurrentIndex(Processor);
    setAccessibleDescription(reason.isEmpty() ? tr("Where the run is computed; the results differ by rounding alone.")
                                              : tr("Where the run is computed. Not on a GPU: %1.").arg(reason));
    setToolTip(format::wrapped(accessibleDescription()));
}

QString DeviceBox::whyNotGpu() const
{
    if (!m_looked)
        return tr("it is being looked for");
    try {
        trainingDevice("cuda", m_model);
        return {};
    } catch (const Error& error) {
        return QString::fromStdString(error.message());
    }
}

} // namespace recoscope
