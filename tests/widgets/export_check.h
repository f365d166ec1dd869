// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Exports everything that the panels of a page offer and reads the files back: the PNG decodes at the size asked for,
// SVG is well-formed XML of that size with text left as text, the cross-reference of the PDF points at what it says,
// and the CSV gives back the numbers of the drawn model.
#pragma once

#include <QFile>
#include <QImage>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include <cmath>

#include "widgets/core/array_table_model.h"
#include "widgets/frame/exportable.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/row_table.h"
#include "widgets/plots/parallel_coordinates.h"
#include "widgets/plots/plot_view.h"

namespace recoscope {

class ExportCheck {
public:
    // How many visible panels exported a picture. A page hands every panel with an Export button.
    int checkPage(QWidget& page)
    {
        int pictures = 0;
        for (Panel* panel : page.findChildren<Panel*>()) {
            if (!panel->isVisible() || !panel->exportable() || !panel->content()->isVisible())
                continue;
            const QString name = panel->objectName();
            Exportable& source = *panel->exportable();
            checkCsv(source, name);
            if (source.exportSize().isEmpty())
                continue;
            ++pictures;
            checkPng(source, name);
            checkSvg(source, name);
            checkPdf(source, name);
        }
        return pictures;
    }

    // The lines of an exported CSV after the comment lines, split at commas (no quoted commas in numbers).
    QList<QStringList> csvRows(Exportable& source)
    {
        QList<QStringList> rows;
        for (const QString& line : QString::fromUtf8(bytes(source, ExportFormat::Csv, "csv")).split(u'\n')) {
            if (!line.isEmpty() && !line.startsWith(u'#'))
                rows.push_back(fields(line));
        }
        return rows;
    }

private:
    static QStringList fields(const QString& line)
    {
        QStringList result{QString()};
        bool quoted = false;
        for (const QChar c : line) {
            if (c == u'"')
                quoted = !quoted;
            else if (c == u',' && !quoted)
                result.push_back({});
            else
                result.back() += c;
        }
        return result;
    }

    QByteArray bytes(Exportable& source, ExportFormat format, const char* suffix, int scale = 1)
    {
        const QString path = m_folder.filePath(QStringLiteral("export.") + QLatin1String(suffix));
        exportToFile(source, format, path, scale);
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }

    void checkPng(Exportable& source, const QString& name)
    {
        const QImage image = QImage::fromData(bytes(source, ExportFormat::Png, "png", 2), "PNG");
        QVERIFY2(image.size() == source.exportSize().toSize() * 2, qPrintable(name));
        const QRgb ground = image.pixel(0, 0);
        bool drawn = false;
        for (int y = 0; y < image.height() && !drawn; ++y) {
            for (int x = 0; x < image.width() && !drawn; ++x)
                drawn = image.pixel(x, y) != ground;
        }
        QVERIFY2(drawn, qPrintable(name + QStringLiteral(": the picture is empty")));
    }

    void checkSvg(Exportable& source, const QString& name)
    {
        QXmlStreamReader reader(bytes(source, ExportFormat::Svg, "svg"));
        QString viewBox;
        int texts = 0;
        while (!reader.atEnd()) {
            if (reader.readNext() != QXmlStreamReader::StartElement)
                continue;
            if (reader.name() == u"svg")
                viewBox = reader.attributes().value(QStringLiteral("viewBox")).toString();
            texts += reader.name() == u"text" ? 1 : 0;
        }
        QVERIFY2(!reader.hasError(), qPrintable(name + QStringLiteral(": ") + reader.errorString()));
        const QSizeF size = source.exportSize();
        QCOMPARE(viewBox, QStringLiteral("0 0 %1 %2").arg(size.width()).arg(size.height()));
        QVERIFY2(texts > 0, qPrintable(name + QStringLiteral(": no text in the SVG")));
    }

    void checkPdf(Exportable& source, const QString& name)
    {
        const QByteArray pdf = bytes(source, ExportFormat::Pdf, "pdf");
        QVERIFY2(pdf.startsWith("%PDF-1.") && pdf.trimmed().endsWith("%%EOF"), qPrintable(name));
        const auto mark = pdf.lastIndexOf("startxref");
        const qsizetype offset = pdf.mid(mark + 9).trimmed().split('\n').front().toLongLong();
        QVERIFY2(pdf.mid(offset, 4) == "xref", qPrintable(name));
        const QRegularExpression box(QStringLiteral(R"(/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\])"));
        const auto match = box.match(QString::fromLatin1(pdf));
        QVERIFY2(match.hasMatch(), qPrintable(name));
        QVERIFY(std::abs(match.captured(1).toDouble() - source.exportSize().width() * 0.75) <= 1.0);
        QVERIFY(std::abs(match.captured(2).toDouble() - source.exportSize().height() * 0.75) <= 1.0);
    }

    void checkCsv(Exportable& source, const QString& name)
    {
        const QByteArray text = bytes(source, ExportFormat::Csv, "csv");
        QVERIFY2(text.startsWith("# "), qPrintable(name));
        QVERIFY2(text.split('\n').front().size() > 2, qPrintable(name + QStringLiteral(": no title in the CSV")));
        if (auto* plot = dynamic_cast<PlotView*>(&source))
            checkPlotNumbers(*plot, name);
        else if (auto* table = dynamic_cast<RowTable*>(&source))
            checkTableNumbers(*table, name);
    }

    // Every finite number of every series stands in the CSV, in order.
    void checkPlotNumbers(PlotView& plot, const QString& name)
    {
        std::vector<double> written;
        for (const QStringList& row : csvRows(plot).mid(1)) {
            for (const QString& field : row) {
                bool isNumber = false;
                const double value = field.toDouble(&isNumber);
                if (isNumber)
                    written.push_back(value);
            }
        }
        for (const PlotSeries& series : plot.model().series) {
            for (const double y : series.y) {
                if (!std::isfinite(y))
                    continue;
                const bool found = std::any_of(written.begin(), written.end(),
                    [y](double value) { return std::abs(value - y) <= 1e-9 * std::max(1.0, std::abs(y)); });
                QVERIFY2(found, qPrintable(QStringLiteral("%1: %2 is drawn but not exported").arg(name).arg(y)));
            }
        }
    }

    void checkTableNumbers(RowTable& table, const QString& name)
    {
        const QList<QStringList> rows = csvRows(table);
        QCOMPARE(rows.size(), static_cast<qsizetype>(table.model()->rowCount()) + 1);
        for (int row = 0; row < table.model()->rowCount(); ++row) {
            int field = 0;
            for (int column = 0; column < table.model()->columnCount(); ++column) {
                if (table.isColumnHidden(column))
                    continue;
                const QVariant raw = table.model()->index(row, column).data(RawRole);
                const QString written = rows[row + 1].value(field++);
                if (raw.typeId() == QMetaType::Double)
                    QVERIFY2(std::abs(written.toDouble() - raw.toDouble()) <= 1e-8 * std::max(1.0, raw.toDouble()),
                        qPrintable(name));
            }
        }
    }

    QTemporaryDir m_folder;
};

} // namespace recoscope
