// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What would be imported, before anything is: the detected format, the columns with type and role (both can be
// changed), the first rows, warnings. Every change asks for a new preview in a job; the latest wins. GUI thread.
#pragma once

#include <vector>

#include <QDialog>

#include "engine/data/importers/importer.h"
#include "widgets/core/jobs.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableWidget;
class QVBoxLayout;

namespace recoscope {

class Banner;
struct WorkbenchContext;

class ImportDialog : public QDialog {
    Q_OBJECT

public:
    ImportDialog(WorkbenchContext& context, const QString& file, QWidget* parent = nullptr);

    Path source() const { return m_source; }
    QString datasetName() const;
    ImportOptions options() const { return m_options; }
    void showFailure(const JobFailure& failure); // of the import that was asked for

private:
    void buildForm(QVBoxLayout* column);
    void refresh();
    void show(const ImportPreview& preview);
    void fillColumns(const ImportPreview& preview);
    void onRoleChanged(int column, const QString& role);
    void takeForm();
    void checkName();

    WorkbenchContext& m_context;
    Path m_source;
    ImportOptions m_options;
    std::vector<ColumnPreview> m_columns;
    Banner* m_banner;
    QLineEdit* m_name;
    QLabel* m_nameError;
    QComboBox* m_format;
    QComboBox* m_delimiter;
    QComboBox* m_header;
    QComboBox* m_encoding;
    QComboBox* m_timeUnit;
    QLineEdit* m_minRating;
    QTableWidget* m_table;
    QLabel* m_files;
    QPushButton* m_import;
    bool m_filling = false;
    bool m_isReadable = false; // what the last preview says
};

} // namespace recoscope
