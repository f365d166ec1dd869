// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/adopt_dialog.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "engine/models/registry.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/data/protocol_form.h"

namespace recoscope {

AdoptDialog::AdoptDialog(WorkbenchContext& context, const QString& file, const ForeignKind& kind, QWidget* parent)
    : QDialog(parent)
    , m_file(file)
    , m_kind(kind)
    , m_dataset(new QComboBox)
    , m_items(new QLineEdit)
    , m_protocol(new ProtocolForm(QStringLiteral("adoptProtocol"), this))
{
    setWindowTitle(tr("Adopt %1").arg(QFileInfo(file).fileName()));
    setNames(this, QStringLiteral("adoptDialog"), windowTitle());
    setMinimumWidth(context.theme.scaled(480));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    auto* form = new QFormLayout;
    setNames(m_dataset, QStringLiteral("adoptDataset"), tr("Dataset"));
    for (const DatasetRecord& dataset : context.library.datasets())
        m_dataset->addItem(QString::fromStdString(dataset.name));
    m_dataset->setCurrentText(context.selection.dataset());
    form->addRow(tr("Trained on"), m_dataset);
    for (const std::string& name : kind.asks)
        addAsked(*findModel(kind.model).schema.find(name), *form);
    setNames(m_items, QStringLiteral("adoptItems"), tr("List of items"));
    m_items->setPlaceholderText(tr("Its item k is the raw id k"));
    m_items->setToolTip(tr("A file with the raw ids of its items, one a line in its order"));
    auto* items = new QHBoxLayout;
    items->addWidget(m_items, 1);
    QPushButton* browse = makeButton(tr("Choose…"), QStringLiteral("adoptChooseItems"));
    connect(browse, &QPushButton::clicked, this, &AdoptDialog::chooseItems);
    items->addWidget(browse);
    form->addRow(tr("Items"), items);
    column->addLayout(form);
    Protocol protocol;
    if (kind.maxLength > 0)
        protocol.maxLength = static_cast<int>(kind.maxLength);
    m_protocol->setProtocol(protocol);
    column->addWidget(m_protocol);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    QPushButton* cancel = makeButton(tr("Cancel"), QStringLiteral("adoptCancel"));
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    row->addWidget(cancel);
    QPushButton* adopt = makeButton(tr("Adopt"), QStringLiteral("adoptButton"), ButtonKind::Primary);
    adopt->setDefault(true);
    adopt->setEnabled(m_dataset->count() > 0);
    connect(adopt, &QPushButton::clicked, this, &AdoptDialog::choose);
    row->addWidget(adopt);
    column->addLayout(row);
}

// A setting of the model that the file does not tell.
void AdoptDialog::addAsked(const Parameter& asked, QFormLayout& form)
{
    const QString label = QString::fromStdString(asked.label);
    QWidget* control = nullptr;
    if (asked.type == ParameterType::Choice) {
        auto* box = new QComboBox;
        for (const std::string& choice : asked.choices)
            box->addItem(QString::fromStdString(choice));
        m_answers[asked.name] = [box] { return Json(box->currentText().toStdString()); };
        control = box;
    } else if (asked.type == ParameterType::Text || asked.type == ParameterType::Real) {
        auto* line = new QLineEdit;
        if (asked.type == ParameterType::Real)
            line->setText(QString::number(asked.defaultValue.get<double>()));
        else
            line->setPlaceholderText(QString::fromStdString(asked.help));
        // What should be a number and is none is refused with the setting's name when the file is read.
        m_answers[asked.name] = [line, real = asked.type == ParameterType::Real] {
            bool isNumber = false;
            const double number = line->text().toDouble(&isNumber);
            return real && isNumber ? Json(number) : Json(line->text().trimmed().toStdString());
        };
        control = line;
    } else {
        auto* box = new QSpinBox;
        box->setRange(static_cast<int>(asked.minimum.value_or(0)), static_cast<int>(asked.maximum.value_or(1e9)));
        m_answers[asked.name] = [box] { return Json(box->value()); };
        control = box;
    }
    QString name = QString::fromStdString(asked.name);
    name[0] = name[0].toUpper();
    setNames(control, QStringLiteral("adopt") + name, label);
    control->setToolTip(format::wrapped(QString::fromStdString(asked.help)));
    form.addRow(label, control);
}

void AdoptDialog::chooseItems()
{
    const QString file = QFileDialog::getOpenFileName(this, tr("Raw ids of its items"), QFileInfo(m_file).path());
    if (!file.isEmpty())
        m_items->setText(file);
}

void AdoptDialog::choose()
{
    Workspace::Adoption adoption;
    adoption.dataset = m_dataset->currentText().toStdString();
    adoption.model = m_kind.model;
    adoption.weights = m_file.toStdString();
    adoption.items = m_items->text().trimmed().toStdString();
    for (const auto& [name, answer] : m_answers)
        adoption.settings[name] = answer();
    adoption.protocol = m_protocol->protocol();
    emit adoptionChosen(adoption);
    accept();
}

} // namespace recoscope
