// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/exportable.h"

#include <QBuffer>
#include <QFileDialog>
#include <QImage>
#include <QMessageBox>
#include <QPainter>
#include <QPdfWriter>
#include <QRegularExpression>
#include <QSaveFile>
#include <QSvgGenerator>

#include "engine/core/error.h"

namespace recoscope {

namespace {

constexpr int logicalDpi = 96;

QString suffixOf(ExportFormat format)
{
    switch (format) {
    case ExportFormat::Png: return QStringLiteral("png");
    case ExportFormat::Svg: return QStringLiteral("svg");
    case ExportFormat::Pdf: return QStringLiteral("pdf");
    case ExportFormat::Csv: break;
    }
    return QStringLiteral("csv");
}

QByteArray asPng(Exportable& source, int scale)
{
    const QSize size = source.exportSize().toSize();
    QImage image(size * scale, QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::white);
    image.setDotsPerMeterX(qRound(logicalDpi * scale / 0.0254));
    image.setDotsPerMeterY(image.dotsPerMeterX());
    QPainter painter(&image);
    painter.scale(scale, scale);
    source.drawForExport(painter);
    painter.end();
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    image.save(&buffer, "PNG");
    return bytes;
}

QByteArray asSvg(Exportable& source)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setResolution(logicalDpi);
    generator.setSize(source.exportSize().toSize());
    generator.setViewBox(QRectF(QPointF(), source.exportSize()));
    generator.setTitle(source.exportHeader().title);
    QPainter painter(&generator);
    source.drawForExport(painter);
    painter.end();
    return bytes;
}

QByteArray asPdf(Exportable& source)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    QPdfWriter writer(&buffer);
    writer.setTitle(source.exportHeader().title);
    writer.setResolution(logicalDpi);
    writer.setPageMargins(QMarginsF());
    writer.setPageSize(QPageSize(source.exportSize() * 72.0 / logicalDpi, QPageSize::Point));
    QPainter painter(&writer);
    source.drawForExport(painter);
    painter.end();
    return bytes;
}

QByteArray asCsv(const Exportable& source)
{
    const ExportHeader header = source.exportHeader();
    QString text = QStringLiteral("# %1\n").arg(header.title);
    if (!header.protocolHash.isEmpty())
        text += QStringLiteral("# protocol %1\n").arg(header.protocolHash);
    if (!header.seed.isEmpty())
        text += QStringLiteral("# seed %1\n").arg(header.seed);
    return (text + source.csv()).toUtf8();
}

QByteArray bytesOf(Exportable& source, ExportFormat format, int pngScale)
{
    switch (format) {
    case ExportFormat::Png: return asPng(source, pngScale);
    case ExportFormat::Svg: return asSvg(source);
    case ExportFormat::Pdf: return asPdf(source);
    case ExportFormat::Csv: break;
    }
    return asCsv(source);
}

QString suggestedName(const Exportable& source, ExportFormat format)
{
    static const QRegularExpression unsafe(QStringLiteral("[^\\w]+"));
    return source.exportHeader().title.toLower().replace(unsafe, QStringLiteral("-")) + u'.' + suffixOf(format);
}

} // namespace

QString csvField(const QString& text)
{
    if (!text.contains(u',') && !text.contains(u'"') && !text.contains(u'\n'))
        return text;
    QString quoted = text;
    return u'"' + quoted.replace(u'"', QStringLiteral("\"\"")) + u'"';
}

void exportToFile(Exportable& source, ExportFormat format, const QString& file, int pngScale)
{
    const QByteArray bytes = bytesOf(source, format, pngScale);
    QSaveFile out(file);
    if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit())
        throw Error(ErrorKind::Resource,
            QObject::tr("%1 could not be written: %2.").arg(file, out.errorString()).toStdString(),
            QObject::tr("Choose another folder, or free some space.").toStdString());
}

void exportWithDialog(Exportable& source, QWidget* parent, ExportFormat format, int pngScale)
{
    const QString suffix = suffixOf(format);
    const QString file = QFileDialog::getSaveFileName(parent, QObject::tr("Export view"), suggestedName(source, format),
        QObject::tr("%1 file (*.%2)").arg(suffix.toUpper(), suffix));
    if (file.isEmpty())
        return;
    try {
        exportToFile(source, format, file, pngScale);
    } catch (const Error& error) {
        QMessageBox::warning(
            parent, QObject::tr("Export view"), QString::fromStdString(error.message() + " " + error.hint()));
    }
}

} // namespace recoscope
