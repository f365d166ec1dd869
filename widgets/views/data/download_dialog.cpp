// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/download_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/views/context.h"

namespace recoscope {

DownloadDialog::DownloadDialog(
    WorkbenchContext& context, std::vector<DownloadableArchive> archives, std::string baseUrl, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_archives(std::move(archives))
    , m_baseUrl(std::move(baseUrl))
    , m_banner(new Banner(context.theme))
    , m_choice(new QComboBox)
    , m_description(makeLabel({}, "secondary"))
    , m_terms(new QPlainTextEdit)
    , m_accept(new QCheckBox(tr("I accept these terms")))
    , m_progress(new QProgressBar)
    , m_state(makeLabel({}, "secondary"))
    , m_close(makeButton(tr("Close"), QStringLiteral("downloadClose")))
    , m_get(makeButton(tr("Get"), QStringLiteral("downloadGet"), ButtonKind::Primary))
{
    setObjectName(QStringLiteral("downloadDialog"));
    setWindowTitle(tr("Get MovieLens"));
    resize(640, 500);
    buildForm();
    connect(m_choice, &QComboBox::currentIndexChanged, this, &DownloadDialog::show);
    connect(m_accept, &QCheckBox::toggled, this, [this] { setBusy(m_job != 0); });
    connect(m_get, &QPushButton::clicked, this, &DownloadDialog::fetch);
    connect(m_close, &QPushButton::clicked, this, &DownloadDialog::reject);
    connect(&context.jobs, &Jobs::progressed, this, &DownloadDialog::onProgress);
    connect(&context.jobs, &Jobs::cancelled, this, [this](JobId job) {
        if (job != m_job)
            return;
        m_job = 0;
        setBusy(false);
        m_banner->showMessage(
            StatusTone::Info, tr("Cancelled."), tr("What was fetched is kept and continued next time."));
    });
    show(0);
}

DownloadDialog::~DownloadDialog()
{
    m_context.jobs.disconnect(this);
    if (m_job != 0)
        m_context.jobs.cancel(m_job);
}

void DownloadDialog::buildForm()
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    setNames(m_choice, QStringLiteral("downloadArchive"), tr("Archive"));
    for (const DownloadableArchive& archive : m_archives)
        m_choice->addItem(QStringLiteral("%1 · %2").arg(
            QString::fromStdString(archive.title), format::bytes(static_cast<qint64>(archive.bytes))));
    setNames(m_terms, QStringLiteral("downloadTerms"), tr("Terms of the publisher"));
    m_terms->setReadOnly(true);
    m_terms->setTabChangesFocus(true);
    setNames(m_accept, QStringLiteral("downloadAccept"), m_accept->text());
    setNames(m_progress, QStringLiteral("downloadProgress"), tr("Progress of the download"));
    setNames(m_state, QStringLiteral("downloadState"), tr("What is being done"));
    m_description->setWordWrap(true);
    m_state->setWordWrap(true);
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    column->addWidget(m_choice);
    column->addWidget(m_description);
    column->addWidget(makeLabel(tr("Terms of the publisher"), "strong"));
    column->addWidget(m_terms, 1);
    column->addWidget(m_accept);
    column->addWidget(m_banner);
    column->addWidget(m_progress);
    column->addWidget(m_state);
    column->addLayout(buildButtons());
}

QHBoxLayout* DownloadDialog::buildButtons()
{
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    row->addWidget(m_close);
    row->addWidget(m_get);
    return row;
}

const DownloadableArchive& DownloadDialog::chosen() const
{
    return m_archives[static_cast<std::size_t>(m_choice->currentIndex())];
}

QString DownloadDialog::datasetName() const
{
    return QString::fromStdString(chosen().name);
}

void DownloadDialog::show(int index)
{
    if (index < 0 || index >= static_cast<int>(m_archives.size()))
        return;
    const DownloadableArchive& archive = chosen();
    m_description->setText(
        QStringLiteral("%1\n%2").arg(QString::fromStdString(archive.description), QString::fromStdString(archive.url)));
    m_terms->setPlainText(QStringLiteral("%1\n\n%2")
                              .arg(QString::fromStdString(archive.terms), QString::fromStdString(archive.termsUrl)));
    m_accept->setChecked(false);
    m_banner->clear();
    setBusy(false);
}

void DownloadDialog::setBusy(bool busy)
{
    const bool known = m_context.library.datasetRecord(datasetName()) != nullptr;
    m_choice->setEnabled(!busy);
    m_accept->setEnabled(!busy && !known);
    m_get->setEnabled(!busy && !known && m_accept->isChecked());
    m_close->setText(busy ? tr("Cancel") : tr("Close"));
    m_progress->setVisible(busy);
    m_state->setVisible(busy || known);
    if (!busy)
        m_state->setText(known ? tr("%1 is in this workspace already.").arg(datasetName()) : QString());
}

void DownloadDialog::fetch()
{
    m_banner->clear();
    m_progress->setValue(0);
    m_state->setText(tr("Connecting…"));
    m_job = m_context.jobs.run(
        {JobLane::Work, tr("Get %1").arg(QString::fromStdString(chosen().title)), {}}, this,
        [workspace = m_context.workspace, archive = chosen(), base = m_baseUrl](Progress& progress) {
            const Path file = downloadArchive(archive, workspace->folder() / "downloads", progress, base);
            workspace->importFile(file, archive.name, {}, progress);
        },
        [this] {
            m_job = 0;
            accept();
        },
        [this](const JobFailure& failure) {
            m_job = 0;
            setBusy(false);
            m_get->setText(tr("Try again"));
            m_banner->showFailure(
                tr("%1 is not in the workspace.").arg(QString::fromStdString(chosen().title)), failure);
        });
    setBusy(true);
}

void DownloadDialog::onProgress(JobId job)
{
    const auto info = m_job != 0 && job == m_job ? m_context.jobs.info(job) : std::nullopt;
    if (!info)
        return;
    m_progress->setValue(qRound(std::max(0.0, info->fraction) * 1000));
    m_state->setText(
        info->etaSeconds < 0 ? info->text : tr("%1 · %2 left").arg(info->text, format::duration(info->etaSeconds)));
}

void DownloadDialog::reject()
{
    if (m_job != 0)
        m_context.jobs.cancel(m_job);
    else
        QDialog::reject();
}

} // namespace recoscope
