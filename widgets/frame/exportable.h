// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Anything that a panel can export: drawn on a painter (always in the light theme, text stays text) and as CSV of the
// shown data. The file functions write whole files atomically and throw Error{Resource} when they cannot.
#pragma once

#include <QSizeF>
#include <QString>
#include <QStringList>

class QPainter;
class QWidget;

namespace recoscope {

// Stands on top of every CSV as comment lines.
struct ExportHeader {
    QString title;
    QString protocolHash; // or empty
    QString seed; // or empty
};

class Exportable {
public:
    virtual ~Exportable() = default;
    virtual ExportHeader exportHeader() const = 0;
    virtual QSizeF exportSize() const { return {}; } // logical pixels; empty = data only
    virtual void drawForExport(QPainter& painter) { (void)painter; } // into exportSize(), light theme
    virtual QString csv() const = 0; // without the header lines; '.' decimals, '\n' ends
};

enum class ExportFormat { Png, Svg, Pdf, Csv };
void exportToFile(Exportable& source, ExportFormat format, const QString& file, int pngScale = 1);
// Asks for a file (format by its suffix) and writes it; shows a message box when that fails.
void exportWithDialog(Exportable& source, QWidget* parent, ExportFormat format, int pngScale = 1);
// One CSV field, quoted when needed.
QString csvField(const QString& text);

} // namespace recoscope
