// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/download_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
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
    : JobDialog(context, QStringLiteral("download"), tr("What was fetched is kept and continued next time."), parent)
    , m_archives(std::move(archives))
    , m_baseUrl(std::move(baseUrl))
    , m_choice(new QComboBox)
    , m_description(makeLabel({}, "secondary"))
    , m_terms(new QPlainTextEdit)
    , m_accept(new QCheckBox(tr("I accept these terms")))
    , m_get(makeButton(tr("Get"), QStringLiteral("downloadGet"), ButtonKind::Primary))
{
    setWindowTitle(tr("Get MovieLens"));
    resize(640, 500);
    buildForm();
    connect(m_choice, &QComboBox::currentIndexChanged, this, &DownloadDialog::show);
    connect(m_accept, &QCheckBox::toggled, this, [this] { showState(); });
    connect(m_get, &QPushButton::clicked, this, &DownloadDialog::fetch);
    show(0);
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
    m_description->setWordWrap(true);
    column->addWidget(m_choice);
    column->addWidget(m_description);
    column->addWidget(makeLabel(tr("Terms of the publisher"), "strong"));
    column->addWidget(m_terms, 1);
    column->addWidget(m_accept);
    addJobRows(column);
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
    showState();
}

void DownloadDialog::showState()
{
    const bool busy = isBusy();
    const bool known = m_context.library.datasetRecord(datasetName()) != nullptr;
    m_choice->setEnabled(!busy);
    m_accept->setEnabled(!busy && !known);
    m_get->setEnabled(!busy && !known && m_accept->isChecked());
    showJob();
    if (!busy && known) {
        m_state->setText(tr("%1 is in this workspace already.").arg(datasetName()));
        m_state->setVisible(true);
    }
}

void DownloadDialog::fetch()
{
    const JobId job = m_context.jobs.run(
        {JobLane::Work, tr("Get %1").arg(QString::fromStdString(chosen().title)), {}}, this,
        [workspace = m_context.workspace, archive = chosen(), base = m_baseUrl](Progress& progress) {
            const Path file = downloadArchive(archive, workspace->folder() / "downloads", progress, base);
            workspace->importFile(file, archive.name, {}, progress);
        },
        [this] {
            jobEnded();
            accept();
        },
        [this](const JobFailure& failure) {
            m_get->setText(tr("Try again"));
            failed(tr("%1 is not in the workspace.").arg(QString::fromStdString(chosen().title)), failure);
        });
    begin(job, tr("Connecting…"));
}

} // namespace recoscope
