// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Text vectors: a text encoder (the pinned one, which is fetched once its licences are accepted, or any folder), and
// the vectors of a dataset's titles as a file that text models take as `item_vectors`. What takes long is a job; the
// dialog says in itself how it went. GUI thread.
#pragma once

#include <QDialog>
#include <QString>

#include "engine/core/file.h"
#include "widgets/core/jobs.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;

namespace recoscope {

class Banner;
struct WorkbenchContext;

class TextVectorsDialog : public QDialog {
    Q_OBJECT

public:
    // `script` fetches the pinned encoder (widgets/core/encoder_package.h).
    TextVectorsDialog(WorkbenchContext& context, QString script, QWidget* parent = nullptr);
    ~TextVectorsDialog() override; // cancels what it does

public slots:
    void reject() override;

private:
    void buildForm();
    void listEncoders(const Path& chosen);
    void chooseFolder();
    void askForTerms();
    void showState();
    void fetch();
    void encode();
    void onProgress(JobId job);
    void jobEnded();
    void failed(const QString& lead, const JobFailure& failure);
    Path encoder() const; // empty: the pinned one, which is not there
    Path target() const;

    WorkbenchContext& m_context;
    QString m_script;
    JobId m_job = 0; // 0 = nothing is done
    bool m_termsKnown = false;
    Banner* m_banner;
    QComboBox* m_encoder;
    QPushButton* m_folder;
    QWidget* m_licence;
    QPlainTextEdit* m_terms;
    QCheckBox* m_accept;
    QComboBox* m_dataset;
    QLabel* m_target;
    QProgressBar* m_progress;
    QLabel* m_state;
    QPushButton* m_close;
    QPushButton* m_act; // Get, or Encode
};

} // namespace recoscope
