// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A new sweep: a model in several sizes on several shares of the users, checked whole before its first run is queued.
// Several values in a field are several sizes. GUI thread.
#pragma once

#include <QDialog>

#include "engine/workspace/sweep.h"
#include "widgets/core/jobs.h"

class QComboBox;
class QHBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;

namespace recoscope {

class Banner;
class ParameterForm;
class ProtocolForm;
struct WorkbenchContext;

class SweepDialog : public QDialog {
    Q_OBJECT

public:
    explicit SweepDialog(WorkbenchContext& context, QWidget* parent = nullptr);
    ~SweepDialog() override;

signals:
    void started(const QString& name, bool isWhole); // whole: all its runs were done before

private:
    QWidget* makeFields();
    QHBoxLayout* makeButtons();
    void onModel();
    void edited();
    Json description(); // as `scale` reads it; throws Error for a wrong field
    void plan(bool start);
    void planned(const Sweep& sweep, bool start);
    void setBusy(bool busy);
    void reject() override; // cancels a check first

    WorkbenchContext& m_context;
    QLineEdit* m_name;
    QComboBox* m_model;
    QLineEdit* m_shares;
    QLineEdit* m_seeds;
    ParameterForm* m_parameters;
    ProtocolForm* m_protocol;
    Banner* m_banner;
    QLabel* m_words;
    QPushButton* m_close;
    QPushButton* m_check;
    QPushButton* m_start;
    JobId m_job = 0; // of a check
};

} // namespace recoscope
