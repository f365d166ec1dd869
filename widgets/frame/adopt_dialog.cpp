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
    , m_heads(kind.hasHeads ? new QSpinBox : nullptr)
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
    if (m_heads) {
        setNames(m_heads, QStringLiteral("adoptHeads"), tr("Attention heads"));
        m_heads->setRange(1, 64);
        form->addRow(tr("Attention heads"), m_heads);
    }
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
    if (m_heads)
        adoption.settings["heads"] = m_heads->value();
    adoption.protocol = m_protocol->protocol();
    emit adoptionChosen(adoption);
    accept();
}

} // namespace recoscope
