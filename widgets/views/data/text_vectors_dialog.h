// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Text vectors: a text encoder (the pinned one, which is fetched once its licences are accepted, or any folder), and
// the vectors of a dataset's titles as a file that text models take as `item_vectors`. What takes long is a job; the
// dialog says in itself how it went. GUI thread.
#pragma once

#include <QString>

#include "engine/core/file.h"
#include "widgets/views/data/job_dialog.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace recoscope {

class TextVectorsDialog : public JobDialog {
    Q_OBJECT

public:
    // `script` fetches the pinned encoder (widgets/core/encoder_package.h).
    TextVectorsDialog(WorkbenchContext& context, QString script, QWidget* parent = nullptr);

private:
    void buildForm();
    void listEncoders(const Path& chosen);
    void chooseFolder();
    void askForTerms();
    void showState() override;
    void fetch();
    void encode();
    Path encoder() const; // empty: the pinned one, which is not there
    Path target() const;

    QString m_script;
    bool m_termsKnown = false;
    QComboBox* m_encoder;
    QPushButton* m_folder;
    QWidget* m_licence;
    QPlainTextEdit* m_terms;
    QCheckBox* m_accept;
    QComboBox* m_dataset;
    QLabel* m_target;
    QPushButton* m_act; // Get, or Encode
};

} // namespace recoscope
