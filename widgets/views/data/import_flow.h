// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// From "import this" to an open dataset, wherever it was asked: file dialog or dropped files, preview, the import job,
// the shipped sample, MovieLens. Belongs to the window. GUI thread.
#pragma once

#include <QObject>
#include <QStringList>

#include "engine/data/importers/importer.h"

class QWidget;

namespace recoscope {

struct WorkbenchContext;

class ImportFlow : public QObject {
    Q_OBJECT

public:
    ImportFlow(WorkbenchContext& context, QWidget* window);

    // Imports without asking; selects the dataset when it is there.
    void import(const Path& source, const QString& name, const ImportOptions& options);
    void openSample();

private:
    void ask(const QStringList& files);
    void askForArchive();
    void download(const std::string& archive);
    void opened(const QString& name);

    WorkbenchContext& m_context;
    QWidget* m_window;
};

} // namespace recoscope
