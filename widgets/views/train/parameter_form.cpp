// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/parameter_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

#include "engine/core/error.h"
#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

namespace {

QString asText(const Json& value)
{
    if (value.is_string())
        return QString::fromStdString(value.get<std::string>());
    if (value.is_number_float())
        return format::exact(value.get<double>());
    return QString::fromStdString(value.dump());
}

bool isNumber(const Parameter& parameter)
{
    return parameter.type == ParameterType::Integer || parameter.type == ParameterType::Real;
}

// A schema that is made of several has a group in more than one place; in the form each stands once, where it begins.
std::vector<const Parameter*> inGroups(const ParameterSchema& schema)
{
    std::vector<const Parameter*> parameters;
    std::map<std::string, std::size_t> places;
    for (const Parameter& parameter : schema.parameters()) {
        places.emplace(parameter.group, places.size());
        parameters.push_back(&parameter);
    }
    std::stable_sort(parameters.begin(), parameters.end(),
        [&](const Parameter* a, const Parameter* b) { return places.at(a->group) < places.at(b->group); });
    return parameters;
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
    m_groups.clear();
    delete m_body;
    m_body = new QWidget(this); // parents first: a widget is styled again with each new parent
    m_rows = new QGridLayout(m_body);
    m_rows->setContentsMargins(0, 0, 0, 0);
    m_rows->setHorizontalSpacing(8);
    m_rows->setVerticalSpacing(6);
    m_rows->setColumnStretch(0, 6);
    m_rows->setColumnStretch(1, 5);
    m_rows->setColumnMinimumWidth(2, 44);
    m_nextRow = 0;
    m_column->addWidget(m_body);
    std::string group;
    for (const Parameter* parameter : inGroups(schema)) {
        if (parameter->group != group)
            addGroup(parameter->group);
        group = parameter->group;
        addField(*parameter);
    }
    setValues(values);
}

void ParameterForm::addGroup(const std::string& group)
{
    QLabel* heading = makeLabel(QString::fromStdString(group).toUpper(), "group", m_body);
    m_rows->addWidget(heading, m_nextRow++, 0, 1, 3);
    m_groups.push_back({heading, m_fields.size()});
}

void ParameterForm::addField(const Parameter& parameter)
{
    const QString label = QString::fromStdString(parameter.label.empty() ? parameter.name : parameter.label);
    const QString help = QString::fromStdString(parameter.help);
    QWidget* editor = makeEditor(parameter);
    setNames(editor, QStringLiteral("parameter_%1").arg(QString::fromStdString(parameter.name)), label);
    editor->setAccessibleDescription(help);
    editor->setToolTip(format::wrapped(help));
    std::vector<QWidget*> row{editor};
    if (auto* box = qobject_cast<QCheckBox*>(editor)) { // says itself what it is
        box->setText(label);
        m_rows->addWidget(box, m_nextRow, 0, 1, 3);
    } else {
        QLabel* name = makeLabel(label, "", m_body);
        name->setToolTip(format::wrapped(help));
        name->setBuddy(editor);
        name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
        m_rows->addWidget(name, m_nextRow, 0);
        // A choice has no unit; its words need the room.
        m_rows->addWidget(editor, m_nextRow, 1, 1, parameter.type == ParameterType::Choice ? 2 : 1);
        row.push_back(name);
    }
    if (!parameter.unit.empty()) {
        row.push_back(makeLabel(QString::fromStdString(parameter.unit), "caption", m_body));
        m_rows->addWidget(row.back(), m_nextRow, 2);
    }
    m_fields.push_back({parameter, editor, m_nextRow + 1, std::move(row)});
    m_nextRow += 2;
}

void ParameterForm::showError(Field& field, const QString& text)
{
    if (!field.error && text.isEmpty())
        return;
    if (!field.error) {
        field.error = makeLabel({}, "error", m_body);
        field.error->setWordWrap(true);
        m_rows->addWidget(field.error, field.errorRow, 0, 1, 3);
    }
    field.error->setText(text);
    field.error->setVisible(!text.isEmpty());
}

QWidget* ParameterForm::makeEditor(const Parameter& parameter)
{
    if (parameter.type == ParameterType::Boolean) {
        auto* box = new QCheckBox(m_body);
        connect(box, &QCheckBox::toggled, this, &ParameterForm::onEdited);
        return box;
    }
    if (parameter.type == ParameterType::Choice) {
        auto* box = new QComboBox(m_body);
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(11);
        for (const std::string& choice : parameter.choices)
            box->addItem(QString::fromStdString(choice));
        connect(box, &QComboBox::currentIndexChanged, this, &ParameterForm::onEdited);
        return box;
    }
    auto* text = new QLineEdit(m_body);
    if (isNumber(parameter)) {
        text->setAlignment(Qt::AlignRight);
        text->setPlaceholderText(tr("one value, or several: 32, 64"));
    }
    connect(text, &QLineEdit::textEdited, this, &ParameterForm::onEdited);
    return text;
}

void ParameterForm::onEdited()
{
    showWhatMatters();
    emit edited();
}

// Of the fields that others depend on; what cannot be read now has its default.
Json ParameterForm::conditionValues() const
{
    Json values = Json::object();
    for (const Field& field : m_fields)
        if (const auto* box = qobject_cast<const QCheckBox*>(field.editor))
            values[field.parameter.name] = box->isChecked();
        else if (const auto* choice = qobject_cast<const QComboBox*>(field.editor))
            values[field.parameter.name] = choice->currentText().toStdString();
    return values;
}

void ParameterForm::showWhatMatters()
{
    const Json values = conditionValues();
    for (Field& field : m_fields) {
        const bool matters = m_schema.matters(field.parameter, values);
        if (matters == field.matters)
            continue;
        field.matters = matters;
        for (QWidget* widget : field.row)
            widget->setVisible(matters);
        if (!matters)
            showError(field, {});
    }
    for (std::size_t i = 0; i < m_groups.size(); ++i) {
        const auto first = m_fields.begin() + static_cast<std::ptrdiff_t>(m_groups[i].firstField);
        const auto end = i + 1 < m_groups.size()
            ? m_fields.begin() + static_cast<std::ptrdiff_t>(m_groups[i + 1].firstField)
            : m_fields.end();
        m_groups[i].heading->setVisible(std::any_of(first, end, [](const Field& field) { return field.matters; }));
    }
}

QString ParameterForm::textOf(const Field& field) const
{
    if (const auto* box = qobject_cast<const QCheckBox*>(field.editor))
        return box->isChecked() ? QStringLiteral("true") : QStringLiteral("false");
    if (const auto* box = qobject_cast<const QComboBox*>(field.editor))
        return box->currentText();
    return static_cast<const QLineEdit*>(field.editor)->text().trimmed();
}

void ParameterForm::setText(Field& field, const Json& value)
{
    if (auto* box = qobject_cast<QCheckBox*>(field.editor))
        box->setChecked(value.is_boolean() && value.get<bool>());
    else if (auto* choice = qobject_cast<QComboBox*>(field.editor))
        choice->setCurrentText(asText(value));
    else
        static_cast<QLineEdit*>(field.editor)->setText(asText(value));
    showError(field, {});
}

void ParameterForm::setValues(const Json& values)
{
    for (Field& field : m_fields) {
        const auto found = values.find(field.parameter.name);
        setText(field, found == values.end() ? field.parameter.defaultValue : *found);
    }
    showWhatMatters();
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
    for (Field& field : m_fields) {
        if (!field.matters)
            continue;
        std::vector<Json> values;
        try {
            values = valuesOf(field);
            showError(field, {});
        } catch (const Error& error) {
            showError(field, QString::fromStdString(error.message()));
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
