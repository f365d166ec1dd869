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

#include "engine/data/download.h"
#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

DownloadDialog::DownloadDialog(Theme&, QWidget* parent)
    : QDialog(parent)
    , m_archives(new QComboBox)
    , m_description(makeLabel({}, "secondary"))
    , m_terms(new QPlainTextEdit)
    , m_accept(new QCheckBox(tr("I accept these terms")))
    , m_get(makeButton(tr("Get"), QStringLiteral("downloadGet"), ButtonKind::Primary))
{
    setWindowTitle(tr("Get MovieLens"));
    resize(620, 460);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    setNames(m_archives, QStringLiteral("downloadArchive"), tr("Archive"));
    for (const DownloadableArchive& archive : downloadableArchives())
        m_archives->addItem(QStringLiteral("%1 · %2").arg(
            QString::fromStdString(archive.title), format::bytes(static_cast<qint64>(archive.bytes))));
    setNames(m_terms, QStringLiteral("downloadTerms"), tr("Terms of the publisher"));
    m_terms->setReadOnly(true);
    setNames(m_accept, QStringLiteral("downloadAccept"), m_accept->text());
    m_description->setWordWrap(true);
    column->addWidget(m_archives);
    column->addWidget(m_description);
    column->addWidget(makeLabel(tr("Terms of the publisher"), "strong"));
    column->addWidget(m_terms, 1);
    column->addWidget(m_accept);
    auto* row = new QHBoxLayout;
    QPushButton* close = makeButton(tr("Close"), QStringLiteral("downloadClose"));
    row->addStretch(1);
    row->addWidget(close);
    row->addWidget(m_get);
    column->addLayout(row);
    m_get->setEnabled(false);
    connect(m_archives, &QComboBox::currentIndexChanged, this, &DownloadDialog::show);
    connect(m_accept, &QCheckBox::toggled, m_get, &QWidget::setEnabled);
    connect(m_get, &QPushButton::clicked, this, &QDialog::accept);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    show(0);
}

std::string DownloadDialog::archive() const
{
    return downloadableArchives()[static_cast<std::size_t>(m_archives->currentIndex())].name;
}

void DownloadDialog::show(int index)
{
    if (index < 0 || index >= static_cast<int>(downloadableArchives().size()))
        return;
    const DownloadableArchive& archive = downloadableArchives()[static_cast<std::size_t>(index)];
    m_description->setText(
        QStringLiteral("%1\n%2").arg(QString::fromStdString(archive.description), QString::fromStdString(archive.url)));
    m_terms->setPlainText(QStringLiteral("%1\n\n%2")
                              .arg(QString::fromStdString(archive.terms), QString::fromStdString(archive.termsUrl)));
    m_accept->setChecked(false);
}

} // namespace recoscope
