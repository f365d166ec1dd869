// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// From "import this" to an open dataset, wherever it was asked: file dialog or dropped files, preview, the import job,
// the shipped sample, MovieLens. An import that fails brings its dialog back with the reason and what was chosen.
// Belongs to the window. GUI thread.
#pragma once

#include <QObject>
#include <QStringList>

class QWidget;

namespace recoscope {

class ImportDialog;
struct WorkbenchContext;

class ImportFlow : public QObject {
    Q_OBJECT

public:
    ImportFlow(WorkbenchContext& context, QWidget* window);

private:
    void ask(const QStringList& files);
    void import(ImportDialog* dialog);
    void openSample();
    void askForArchive();
    void askForTextVectors();
    void opened(const QString& name);

    WorkbenchContext& m_context;
    QWidget* m_window;
};

} // namespace recoscope
