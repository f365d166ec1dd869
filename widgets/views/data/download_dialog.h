// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// "Get MovieLens": which archive, how large, and its terms, which have to be accepted before anything is fetched. The
// dialog stays while the archive is fetched and imported, and says in itself what went wrong; what was fetched until
// then is continued by the next attempt. Accepted once the dataset is in the workspace. GUI thread.
#pragma once

#include <string>
#include <vector>

#include <QDialog>

#include "engine/data/download.h"
#include "widgets/core/jobs.h"

class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;

namespace recoscope {

class Banner;
struct WorkbenchContext;

class DownloadDialog : public QDialog {
    Q_OBJECT

public:
    // `baseUrl`, if not empty, takes the place of the publisher's folder.
    DownloadDialog(WorkbenchContext& context, std::vector<DownloadableArchive> archives = downloadableArchives(),
        std::string baseUrl = {}, QWidget* parent = nullptr);
    ~DownloadDialog() override; // cancels what is being fetched

    QString datasetName() const; // of the chosen archive

public slots:
    void reject() override;

private:
    void buildForm();
    QHBoxLayout* buildButtons();
    void show(int index);
    void fetch();
    void setBusy(bool busy);
    void onProgress(JobId job);
    const DownloadableArchive& chosen() const;

    WorkbenchContext& m_context;
    std::vector<DownloadableArchive> m_archives;
    std::string m_baseUrl;
    JobId m_job = 0; // 0 = nothing is fetched
    Banner* m_banner;
    QComboBox* m_choice;
    QLabel* m_description;
    QPlainTextEdit* m_terms;
    QCheckBox* m_accept;
    QProgressBar* m_progress;
    QLabel* m_state;
    QPushButton* m_close;
    QPushButton* m_get;
};

} // namespace recoscope
