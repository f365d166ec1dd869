// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/import_dialog.h"

#include <QComboBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QTableWidget>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int previewRows = 50;

QString nameFrom(const QString& file)
{
    static const QRegularExpression unsafe(QStringLiteral("[^A-Za-z0-9._-]+"));
    return QFileInfo(file).baseName().replace(unsafe, QStringLiteral("-"));
}

QComboBox* makeChoices(
    const std::vector<std::pair<QString, QString>>& choices, const QString& name, const QString& accessibleName)
{
    auto* box = new QComboBox;
    setNames(box, name, accessibleName);
    for (const auto& [text, value] : choices)
        box->addItem(text, value);
    return box;
}

void select(QComboBox* box, const std::string& value)
{
    const int index = box->findData(QString::fromStdString(value));
    if (index >= 0)
        box->setCurrentIndex(index);
}

} // namespace

ImportDialog::ImportDialog(WorkbenchContext& context, const QString& file, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_source(file.toStdString())
    , m_banner(new Banner(context.theme))
    , m_name(new QLineEdit(nameFrom(file)))
    , m_nameError(makeLabel({}, "error"))
    , m_minRating(new QLineEdit)
    , m_table(new QTableWidget)
    , m_files(makeLabel({}, "secondary"))
    , m_import(makeButton(tr("Import"), QStringLiteral("importButton"), ButtonKind::Primary))
{
    setWindowTitle(tr("Import %1").arg(QFileInfo(file).fileName()));
    resize(860, 620);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(10);
    buildForm(column);
    column->addWidget(m_banner);
    setNames(m_table, QStringLiteral("importPreview"), tr("First rows"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->verticalHeader()->hide();
    m_table->setTabKeyNavigation(false);
    column->addWidget(m_table, 1);
    m_files->setWordWrap(true);
    column->addWidget(m_files);
    auto* row = new QHBoxLayout;
    QPushButton* close = makeButton(tr("Close"), QStringLiteral("importClose"));
    row->addStretch(1);
    row->addWidget(close);
    row->addWidget(m_import);
    column->addLayout(row);
    m_import->setEnabled(false);
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_import, &QPushButton::clicked, this, &QDialog::accept);
    connect(m_name, &QLineEdit::textChanged, this, &ImportDialog::checkName);
    refresh();
}

void ImportDialog::buildForm(QVBoxLayout* column)
{
    std::vector<std::pair<QString, QString>> formats{{tr("Detect"), QStringLiteral("auto")}};
    for (const Importer* importer : importers())
        formats.emplace_back(QString::fromStdString(importer->name()), QString::fromStdString(importer->name()));
    m_format = makeChoices(formats, QStringLiteral("importFormat"), tr("Format"));
    m_delimiter
        = makeChoices({{tr("Detect"), {}}, {tr("Comma"), QStringLiteral(",")}, {tr("Tab"), QStringLiteral("\\t")},
                          {tr("Semicolon"), QStringLiteral(";")}, {tr("Double colon"), QStringLiteral("::")},
                          {tr("Bar"), QStringLiteral("|")}, {tr("Space"), QStringLiteral(" ")}},
            QStringLiteral("importDelimiter"), tr("Delimiter"));
    m_header = makeChoices({{tr("Detect"), {}}, {tr("Yes"), QStringLiteral("yes")}, {tr("No"), QStringLiteral("no")}},
        QStringLiteral("importHeader"), tr("First line is a header"));
    m_encoding = makeChoices({{tr("Detect"), {}}, {QStringLiteral("UTF-8"), QStringLiteral("utf-8")},
                                 {QStringLiteral("UTF-16 LE"), QStringLiteral("utf-16le")},
                                 {QStringLiteral("UTF-16 BE"), QStringLiteral("utf-16be")},
                                 {QStringLiteral("Latin-1"), QStringLiteral("latin-1")}},
        QStringLiteral("importEncoding"), tr("Encoding"));
    m_timeUnit = makeChoices({{tr("Detect"), {}}, {tr("Seconds"), QStringLiteral("seconds")},
                                 {tr("Milliseconds"), QStringLiteral("milliseconds")},
                                 {tr("ISO dates"), QStringLiteral("iso")}, {tr("No times"), QStringLiteral("none")}},
        QStringLiteral("importTimeUnit"), tr("Time unit"));
    setNames(m_name, QStringLiteral("importName"), tr("Dataset name"));
    setNames(m_minRating, QStringLiteral("importMinRating"), tr("Smallest rating that is read"));
    m_minRating->setPlaceholderText(tr("all ratings"));
    auto* grid = new QGridLayout;
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(6);
    int cell = 0;
    for (const auto& [label, field] : std::initializer_list<std::pair<QString, QWidget*>>{{tr("Dataset name"), m_name},
             {tr("Format"), m_format}, {tr("Delimiter"), m_delimiter}, {tr("Header"), m_header},
             {tr("Encoding"), m_encoding}, {tr("Time unit"), m_timeUnit}, {tr("Ratings from"), m_minRating}}) {
        grid->addWidget(makeLabel(label, "caption"), (cell / 4) * 2, cell % 4);
        grid->addWidget(field, (cell / 4) * 2 + 1, cell % 4);
        ++cell;
    }
    column->addLayout(grid);
    column->addWidget(m_nameError);
    for (QComboBox* box : {m_format, m_delimiter, m_header, m_encoding, m_timeUnit})
        connect(box, &QComboBox::activated, this, &ImportDialog::takeForm);
    connect(m_minRating, &QLineEdit::editingFinished, this, &ImportDialog::takeForm);
    checkName();
}

QString ImportDialog::datasetName() const
{
    return m_name->text().trimmed();
}

void ImportDialog::showFailure(const JobFailure& failure)
{
    m_banner->showFailure(tr("Nothing was imported."), failure);
    checkName();
}

void ImportDialog::checkName()
{
    static const QRegularExpression safe(QStringLiteral("^[A-Za-z0-9][A-Za-z0-9._-]*$"));
    QString error;
    if (!safe.match(datasetName()).hasMatch())
        error = tr("Letters, digits, '.', '_' and '-' only.");
    else if (m_context.library.datasetRecord(datasetName()))
        error = tr("A dataset of this name is in the workspace already.");
    m_nameError->setText(error);
    m_nameError->setVisible(!error.isEmpty());
    m_import->setEnabled(error.isEmpty() && m_isReadable);
}

void ImportDialog::takeForm()
{
    m_options = ImportOptions();
    m_options.format = m_format->currentData().toString().toStdString();
    m_options.delimiter = m_delimiter->currentData().toString().toStdString();
    m_options.encoding = m_encoding->currentData().toString().toStdString();
    m_options.timeUnit = m_timeUnit->currentData().toString().toStdString();
    if (const QString header = m_header->currentData().toString(); !header.isEmpty())
        m_options.header = header == QStringLiteral("yes");
    bool isNumber = false;
    const double rating = m_minRating->text().toDouble(&isNumber);
    if (isNumber)
        m_options.minRating = rating;
    refresh();
}

void ImportDialog::refresh()
{
    m_context.jobs.run(
        {JobLane::Inspect, tr("Preview of the import"), QStringLiteral("import-preview")}, this,
        [source = m_source, options = m_options](Progress&) { return previewImport(source, options); },
        [this](const ImportPreview& preview) { show(preview); },
        [this](const JobFailure& failure) {
            m_isReadable = false;
            m_columns.clear();
            m_table->setRowCount(0);
            m_banner->showFailure(tr("This cannot be read."), failure);
            checkName();
        });
}

void ImportDialog::show(const ImportPreview& preview)
{
    m_isReadable = !preview.problem;
    m_filling = true;
    m_options = preview.options;
    m_columns = preview.columns;
    select(m_format, preview.format);
    select(m_delimiter, preview.options.delimiter == "\t" ? "\\t" : preview.options.delimiter);
    select(m_encoding, preview.options.encoding);
    select(m_timeUnit, preview.options.timeUnit);
    if (preview.options.header)
        select(m_header, *preview.options.header ? "yes" : "no");
    fillColumns(preview);
    m_filling = false;
    QStringList warnings;
    for (const std::string& warning : preview.warnings)
        warnings << QString::fromStdString(warning);
    if (preview.problem)
        m_banner->showMessage(StatusTone::Warn, QString::fromStdString(preview.problem->message()),
            tr("Choose the roles in the first row of the table."));
    else if (warnings.isEmpty())
        m_banner->clear();
    else
        m_banner->showMessage(StatusTone::Warn,
            format::plural(static_cast<qint64>(warnings.size()), tr("%1 warning:"), tr("%1 warnings:")),
            warnings.join(QStringLiteral(" · ")));
    QStringList files;
    for (const std::string& file : preview.files)
        files << QFileInfo(QString::fromStdString(file)).fileName();
    m_files->setText(tr("Will be read: %1").arg(files.join(QStringLiteral(", "))));
    checkName();
}

void ImportDialog::fillColumns(const ImportPreview& preview)
{
    const int columns = static_cast<int>(preview.columns.size());
    const int rows = std::min<int>(previewRows, static_cast<int>(preview.rows.size()));
    m_table->clear();
    m_table->setColumnCount(columns);
    m_table->setRowCount(rows + 1);
    for (int c = 0; c < columns; ++c) {
        const ColumnPreview& column = preview.columns[static_cast<std::size_t>(c)];
        const QString name = QString::fromStdString(column.name);
        m_table->setHorizontalHeaderItem(
            c, new QTableWidgetItem(QStringLiteral("%1 · %2").arg(name, QString::fromStdString(column.type))));
        QComboBox* role = makeChoices(
            {{tr("Not used"), {}}, {tr("User"), QStringLiteral("user")}, {tr("Item"), QStringLiteral("item")},
                {tr("Time"), QStringLiteral("time")}, {tr("Rating"), QStringLiteral("rating")},
                {tr("Surface"), QStringLiteral("surface")}, {tr("Kind"), QStringLiteral("kind")}},
            QStringLiteral("importRole%1").arg(c), tr("Role of %1").arg(name));
        select(role, column.role);
        connect(
            role, &QComboBox::activated, this, [this, c, role] { onRoleChanged(c, role->currentData().toString()); });
        m_table->setCellWidget(0, c, role);
        for (int r = 0; r < rows; ++r) {
            const auto& cells = preview.rows[static_cast<std::size_t>(r)];
            if (static_cast<std::size_t>(c) < cells.size())
                m_table->setItem(
                    r + 1, c, new QTableWidgetItem(QString::fromStdString(cells[static_cast<std::size_t>(c)])));
        }
        m_table->setColumnWidth(c, m_context.theme.scaled(150));
    }
    m_table->setRowHeight(0, m_context.theme.scaled(36));
}

void ImportDialog::onRoleChanged(int column, const QString& role)
{
    if (m_filling || static_cast<std::size_t>(column) >= m_columns.size())
        return;
    const std::string name = m_columns[static_cast<std::size_t>(column)].name;
    for (const ImportRole& one : importRoles) {
        std::string& field = m_options.*one.column;
        if (QLatin1String(one.name) == role)
            field = name;
        else if (field == name || field.empty())
            field = "none"; // left empty, it would be detected
    }
    if (role == QStringLiteral("time") && m_options.timeUnit == "none")
        m_options.timeUnit.clear();
    refresh();
}

} // namespace recoscope
