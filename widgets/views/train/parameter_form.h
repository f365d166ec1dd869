// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A form made from a parameter schema: a field per parameter, by group, with unit and help. A field of numbers may hold
// several values separated by commas: the form then stands for every combination (a sweep). What has no effect beside
// the other fields is not shown and counts as its default. GUI thread.
#pragma once

#include <map>
#include <vector>

#include <QWidget>

#include "engine/core/schema.h"

class QGridLayout;
class QLabel;
class QVBoxLayout;

namespace recoscope {

class ParameterForm : public QWidget {
    Q_OBJECT

public:
    explicit ParameterForm(QWidget* parent = nullptr);

    // Replaces the fields; `values` overrides the defaults.
    void setSchema(const ParameterSchema& schema, const Json& values);
    void setValues(const Json& values);
    // Every combination of the values in the fields, validated; only what differs from the defaults. Throws Error for
    // a wrong field (its text is shown under the field, too).
    std::vector<Json> combinations();

signals:
    void edited();

private:
    struct Field {
        Parameter parameter;
        QWidget* editor;
        int errorRow;
        std::vector<QWidget*> row; // name, editor, unit
        QLabel* error = nullptr; // made when it is first needed
        bool matters = true;
    };
    struct Group {
        QLabel* heading;
        std::size_t firstField;
    };
    void addGroup(const std::string& group);
    void addField(const Parameter& parameter);
    QWidget* makeEditor(const Parameter& parameter);
    void showError(Field& field, const QString& text);
    void onEdited();
    void showWhatMatters();
    Json conditionValues() const;
    QString textOf(const Field& field) const;
    void setText(Field& field, const Json& value);
    std::vector<Json> valuesOf(const Field& field) const;

    ParameterSchema m_schema;
    std::vector<Field> m_fields;
    std::vector<Group> m_groups; // in the order of their fields
    QWidget* m_body = nullptr;
    QGridLayout* m_rows = nullptr; // of the body: name, editor, unit
    int m_nextRow = 0;
    QVBoxLayout* m_column;
};

} // namespace recoscope
