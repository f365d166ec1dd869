// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The left panel of the Train page: model, preset, seeds, the parameters from the schema, the protocol, what it would
// cost, and the buttons that start it or put it into the queue. Several values in a field make a sweep. GUI thread.
#pragma once

#include <QTimer>

#include "engine/workspace/workspace.h"
#include "widgets/frame/panel.h"

class QComboBox;
class QLineEdit;
class QPushButton;
class QVBoxLayout;

namespace recoscope {

class DeviceBox;
class EstimateBox;
class ParameterForm;
class ProtocolForm;
struct WorkbenchContext;

class RunForm : public Panel {
    Q_OBJECT

public:
    // To be completed by addProtocol() and addParameters(), each of which takes long for one turn of the event loop.
    explicit RunForm(WorkbenchContext& context, QWidget* parent = nullptr);
    void addProtocol();
    void addParameters(); // last

    // The runs the fields stand for, one per combination of values and seed. Throws Error for a wrong field.
    std::vector<Workspace::NewRun> requests();
    void chooseModel(const QString& registryName); // an unknown name changes nothing
    QPushButton* startButton() const { return m_start; }
    QString summary() const; // of the chosen model

signals:
    void startRequested(); // train these next
    void queueRequested(); // train these after all that wait
    void modelChanged();

private:
    QWidget* makeFields();
    QWidget* makeFoot();
    void onModel();
    void onPreset();
    void onDataset();
    void onEdited();
    void estimate();
    void updateButtons();

    WorkbenchContext& m_context;
    QComboBox* m_model;
    QComboBox* m_preset;
    QLineEdit* m_seed;
    DeviceBox* m_device;
    ParameterForm* m_form;
    ProtocolForm* m_protocol = nullptr;
    QVBoxLayout* m_fields = nullptr;
    EstimateBox* m_estimate;
    QPushButton* m_start;
    QPushButton* m_add;
    QTimer m_quiet; // measures once the fields rest
};

} // namespace recoscope
