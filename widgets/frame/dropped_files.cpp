// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/dropped_files.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLabel>
#include <QMimeData>
#include <QUrl>
#include <QVBoxLayout>

#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

QString translated(const char* text)
{
    return QCoreApplication::translate("DroppedFiles", text);
}

} // namespace

DroppedFiles sortedFiles(const QStringList& files)
{
    DroppedFiles sorted;
    for (const QString& file : files) {
        const QString suffix = QFileInfo(file).suffix().toLower();
        QStringList& list = suffix == QStringLiteral("recoscope") ? sorted.bundles
            : suffix == QStringLiteral("safetensors")             ? sorted.checkpoints
                                                                  : sorted.data;
        list.push_back(file);
    }
    return sorted;
}

DroppedFiles droppedFiles(const QMimeData& mime)
{
    QStringList files;
    for (const QUrl& url : mime.urls())
        if (url.isLocalFile())
            files.push_back(url.toLocalFile());
    return sortedFiles(files);
}

QString dropSentence(const DroppedFiles& files)
{
    const auto name = [](const QStringList& list) {
        return list.size() == 1 ? QFileInfo(list.front()).fileName()
                                : QCoreApplication::translate("DroppedFiles", "%n file(s)", nullptr, int(list.size()));
    };
    QStringList parts;
    if (!files.data.isEmpty())
        parts.push_back(translated("Drop to import %1").arg(name(files.data)));
    if (!files.bundles.isEmpty())
        parts.push_back(translated("Drop to add the run of %1").arg(name(files.bundles)));
    if (!files.checkpoints.isEmpty())
        parts.push_back(translated("Drop to look into %1").arg(name(files.checkpoints)));
    return parts.join(u'\n');
}

DropHint::DropHint(Theme& theme, QWidget* window)
    : QFrame(window)
    , m_icon(new QLabel)
    , m_text(makeLabel({}, "page"))
{
    setNames(this, QStringLiteral("dropHint"), tr("Drop files"));
    setAttribute(Qt::WA_TransparentForMouseEvents);
    auto* column = new QVBoxLayout(this);
    column->addStretch(1);
    column->addWidget(m_icon, 0, Qt::AlignCenter);
    column->addWidget(m_text, 0, Qt::AlignCenter);
    column->addStretch(1);
    m_text->setAlignment(Qt::AlignCenter);
    const auto restyle = [this, &theme] {
        m_icon->setPixmap(
            iconPixmap(QStringLiteral("file-down"), theme.palette().accent, theme.scaled(36), devicePixelRatioF()));
    };
    connect(&theme, &Theme::changed, this, restyle);
    restyle();
    hide();
}

void DropHint::showOver(const QRect& area, const QString& sentence)
{
    m_text->setText(sentence);
    setGeometry(area);
    raise();
    show();
}

QString DropHint::sentence() const
{
    return m_text->text();
}

} // namespace recoscope
