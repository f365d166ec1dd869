// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/parameter_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

#include "engine/core/error.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

namespace {

QString asText(const Json& value)
{
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    if (value.is_number_float())
        return QString::number(value.get<double>(), 'g', 8);
    return QString::fromStdString(value.dump());
}

bool isNumber(const Parameter& parameter)
{
    return parameter.type == ParameterType::Integer || parameter.type == ParameterType::Real;
}

} // namespace

ParameterForm::ParameterForm(QWidget* parent)
    : QWidget(parent)
    , m_column(new QVBoxLayout(this))
{
    setAccessibleName(tr("Parameters of the model"));
    m_column->setContentsMargins(0, 0, 6, 0);
    m_column->setSpacing(0);
}

void ParameterForm::setSchema(const ParameterSchema& schema, const Json& values)
{
    m_schema = schema;
    m_fields.clear();
    delete m_body;
    m_body = new QWidget(this); // parents first: a widget is styled again with each new parent
    auto* rows = new QVBoxLayout(m_body);
    rows->setContentsMargins(0, 0, 0, 0);
    rows->setSpacing(6);
    m_column->addWidget(m_body);
    std::string group;
    for (const Parameter& parameter : schema.parameters()) {
        if (parameter.group != group)
            addGroup(parameter.group);
        group = parameter.group;
        addField(parameter);
    }
    setValues(values);
}

void ParameterForm::addGroup(const std::string& group)
{
    m_body->layout()->addWidget(makeLabel(QString::fromStdString(group).toUpper(), "group", m_body));
}

void ParameterForm::addField(const Parameter& parameter)
{
    auto* row = new QWidget(m_body);
    auto* line = new QHBoxLayout(row);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(8);
    const QString label = QString::fromStdString(parameter.label.empty() ? parameter.name : parameter.label);
    QLabel* name = makeLabel(label, "", row);
    name->setToolTip(QString::fromStdString(parameter.help));
    QWidget* editor = makeEditor(parameter, row);
    setNames(editor, QStringLiteral("parameter_%1").arg(QString::fromStdString(parameter.name)), label);
    editor->setAccessibleDescription(QString::fromStdString(parameter.help));
    editor->setToolTip(QString::fromStdString(parameter.help));
    name->setBuddy(editor);
    QLabel* unit = makeLabel(QString::fromStdString(parameter.unit), "caption", row);
    unit->setMinimumWidth(44);
    name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    line->addWidget(name, 6);
    line->addWidget(editor, 5);
    line->addWidget(unit);
    QLabel* error = makeLabel({}, "error", m_body);
    error->setWordWrap(true);
    error->hide();
    m_body->layout()->addWidget(row);
    m_body->layout()->addWidget(error);
    m_fields.push_back({parameter, editor, error});
}

QWidget* ParameterForm::makeEditor(const Parameter& parameter, QWidget* row)
{
    if (parameter.type == ParameterType::Boolean) {
        auto* box = new QCheckBox(row);
        connect(box, &QCheckBox::toggled, this, &ParameterForm::edited);
        return box;
    }
    if (parameter.type == ParameterType::Choice) {
        auto* box = new QComboBox(row);
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(11);
        for (const std::string& choice : parameter.choices)
            box->addItem(QString::fromStdString(choice));
        connect(box, &QComboBox::currentIndexChanged, this, &ParameterForm::edited);
        return box;
    }
    auto* text = new QLineEdit(row);
    if (isNumber(parameter)) {
        text->setAlignment(Qt::AlignRight);
        text->setPlaceholderText(tr("one value, or several: 32, 64"));
    }
    connect(text, &QLineEdit::textEdited, this, &ParameterForm::edited);
    return text;
}

QString ParameterForm::textOf(const Field& field) const
{
    if (const auto* box = qobject_cast<const QCheckBox*>(field.editor))
        return box->isChecked() ? QStringLiteral("true") : QStringLiteral("false");
    if (const auto* box = qobject_cast<const QComboBox*>(field.editor))
        return box->currentText();
    return static_cast<const QLineEdit*>(field.editor)->text().trimmed();
}

void ParameterForm::setText(const Field& field, const Json& value)
{
    if (auto* box = qobject_cast<QCheckBox*>(field.editor))
        box->setChecked(value.is_boolean() && value.get<bool>());
    else if (auto* choice = qobject_cast<QComboBox*>(field.editor))
        choice->setCurrentText(asText(value));
    else
        static_cast<QLineEdit*>(field.editor)->setText(asText(value));
    field.error->hide();
}

void ParameterForm::setValues(const Json& values)
{
    for (const Field& field : m_fields) {
        const auto found = values.find(field.parameter.name);
        setText(field, found == values.end() ? field.parameter.defaultValue : *found);
    }
}

std::vector<Json> ParameterForm::valuesOf(const Field& field) const
{
    std::vector<Json> values;
    const QString text = textOf(field);
    const QStringList parts = isNumber(field.parameter) ? text.split(u',', Qt::SkipEmptyParts) : QStringList{text};
    for (const QString& part : parts)
        values.push_back(m_schema.parseAssignment(field.parameter.name, part.trimmed().toStdString()));
    if (values.empty())
        values.push_back(field.parameter.defaultValue);
    return values;
}

std::vector<Json> ParameterForm::combinations()
{
    std::vector<Json> all{Json::object()};
    for (const Field& field : m_fields) {
        std::vector<Json> values;
        try {
            values = valuesOf(field);
            field.error->hide();
        } catch (const Error& error) {
            field.error->setText(QString::fromStdString(error.message()));
            field.error->show();
            throw;
        }
        std::vector<Json> next;
        for (const Json& base : all) {
            for (const Json& value : values) {
                Json combined = base;
                if (value != field.parameter.defaultValue)
                    combined[field.parameter.name] = value;
                next.push_back(std::move(combined));
            }
        }
        all = std::move(next);
    }
    return all;
}

} // namespace recoscope
