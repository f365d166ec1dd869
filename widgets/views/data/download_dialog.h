// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// "Get MovieLens": which archive, how large, and its terms, which have to be accepted before anything is fetched. The
// dialog stays while the archive is fetched and imported, and says in itself what went wrong; what was fetched until
// then is continued by the next attempt. Accepted once the dataset is in the workspace. GUI thread.
#pragma once

#include <string>
#include <vector>

#include "engine/data/download.h"
#include "widgets/views/data/job_dialog.h"

class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace recoscope {

class DownloadDialog : public JobDialog {
    Q_OBJECT

public:
    // `baseUrl`, if not empty, takes the place of the publisher's folder.
    DownloadDialog(WorkbenchContext& context, std::vector<DownloadableArchive> archives = downloadableArchives(),
        std::string baseUrl = {}, QWidget* parent = nullptr);

    QString datasetName() const; // of the chosen archive

private:
    void buildForm();
    QHBoxLayout* buildButtons();
    void show(int index);
    void fetch();
    void showState() override;
    const DownloadableArchive& chosen() const;

    std::vector<DownloadableArchive> m_archives;
    std::string m_baseUrl;
    QComboBox* m_choice;
    QLabel* m_description;
    QPlainTextEdit* m_terms;
    QCheckBox* m_accept;
    QPushButton* m_get;
};

} // namespace recoscope
