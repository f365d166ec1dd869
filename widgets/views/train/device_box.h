// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Where a new run is computed: the processor, or a GPU where there is one and the chosen model trains on it. Elsewhere
// the GPU cannot be chosen, and the tool tip says why in the words of the command line. A job looks for the GPU, since
// that opens files and asks the driver. GUI thread.
#pragma once

#include <string>

#include <QComboBox>

namespace recoscope {

class Jobs;

class DeviceBox : public QComboBox {
    Q_OBJECT

public:
    explicit DeviceBox(QWidget* parent = nullptr);
    void lookForDevice(Jobs& jobs);
    void setModel(const std::string& registryName);
    std::string device() const; // "cpu" or "cuda", as Workspace::NewRun takes it

private:
    void showChoice();
    QString whyNotGpu() const; // empty where it can be chosen

    std::string m_model;
    bool m_looked = false;
};

} // namespace recoscope
