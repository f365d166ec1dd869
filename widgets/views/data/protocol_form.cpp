// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/protocol_form.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>

#include "engine/core/error.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

namespace {

QString asText(const Json& value)
{
    return QString::fromStdString(value.is_string() ? value.get<std::string>() : value.dump());
}

} // namespace

ProtocolForm::ProtocolForm(const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_name(name)
    , m_error(makeLabel({}, "error"))
{
    setAccessibleName(tr("Protocol"));
    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(8);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    addField(QStringLiteral("filter"), tr("Filter"),
        {QStringLiteral("none"), QStringLiteral("core:5"), QStringLiteral("core:10"), QStringLiteral("raw:5")});
    addField(QStringLiteral("split"), tr("Split"),
        {QStringLiteral("leave_one_out"), QStringLiteral("global_time:0.9"), QStringLiteral("global_time:0.9:1d")});
    addField(QStringLiteral("max_length"), tr("Longest history"),
        {QStringLiteral("50"), QStringLiteral("100"), QStringLiteral("200"), QStringLiteral("500")});
    addField(QStringLiteral("mask_seen"), tr("Mask seen items"),
        {QStringLiteral("none"), QStringLiteral("window"), QStringLiteral("history")});
    addField(
        QStringLiteral("order_ties"), tr("Events of equal time"), {QStringLiteral("file"), QStringLiteral("item")});
    addField(QStringLiteral("duplicates"), tr("Duplicates"),
        {QStringLiteral("keep"), QStringLiteral("adjacent"), QStringLiteral("exact")});
    addField(QStringLiteral("min_rating"), tr("Ratings from"),
        {QStringLiteral("none"), QStringLiteral("3"), QStringLiteral("4")});
    addField(QStringLiteral("candidates"), tr("Candidates"), {QStringLiteral("full"), QStringLiteral("uniform:100")});
    m_error->setWordWrap(true);
    form->addRow(m_error);
    show();
}

void ProtocolForm::addField(const QString& key, const QString& label, const QStringList& choices)
{
    auto* box = new QComboBox(this); // styled once, because it has its place from the beginning
    box->setEditable(true);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(8);
    box->setInsertPolicy(QComboBox::NoInsert);
    box->addItems(choices);
    setNames(box, m_name + u'_' + key, label);
    setNames(box->lineEdit(), m_name + u'_' + key + QStringLiteral("_text"), label);
    connect(box, &QComboBox::textActivated, this, [this, key](const QString& text) { take(key, text); });
    connect(box->lineEdit(), &QLineEdit::editingFinished, this, [this, key, box] { take(key, box->currentText()); });
    m_fields[key] = box;
    static_cast<QFormLayout*>(layout())->addRow(label, box);
}

void ProtocolForm::take(const QString& key, const QString& value)
{
    Protocol next = m_protocol;
    try {
        next.set(key.toStdString(), value.toStdString());
    } catch (const Error& error) {
        m_error->setText(QString::fromStdString(error.message() + " " + error.hint()));
        return;
    }
    m_error->clear();
    if (next == m_protocol)
        return;
    m_protocol = next;
    show();
    emit changed();
}

void ProtocolForm::set(const QString& key, const QString& value)
{
    take(key, value);
}

void ProtocolForm::setProtocol(const Protocol& protocol)
{
    m_protocol = protocol;
    m_error->clear();
    show();
}

void ProtocolForm::show()
{
    const Json values = m_protocol.toJson();
    for (const auto& [key, box] : m_fields)
        box->setEditText(asText(values[key.toStdString()]));
}

} // namespace recoscope
