// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/protocol_form.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include "engine/core/error.h"
#include "engine/data/protocol_presets.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

namespace {

constexpr auto presetKey = "preset";

// As on the command line. Keys that stand in a protocol only when they are set have the text of not being set.
QString asText(const Json& values, const std::string& key)
{
    if (key == presetKey)
        return {};
    const auto found = values.find(key);
    if (found == values.end())
        return key == "train_users" ? QStringLiteral("all") : QStringLiteral("none");
    if (found->is_string())
        return QString::fromStdString(found->get<std::string>());
    QString text = QString::fromStdString(found->dump());
    return text.remove(u'[').remove(u']');
}

QStringList presetNames()
{
    QStringList names;
    for (const ProtocolPreset& preset : protocolPresets())
        names.append(QString::fromStdString(preset.name));
    return names;
}

} // namespace

ProtocolForm::ProtocolForm(const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_name(name)
    , m_error(makeLabel({}, "error"))
    , m_more(makeButton({}, name + QStringLiteral("_more"), ButtonKind::Link))
{
    setAccessibleName(tr("Protocol"));
    auto* form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(8);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    addCommonFields();
    connect(m_more, &QPushButton::clicked, this, [this] { showRare(!m_rareShown); });
    form->addRow(m_more);
    addRareFields();
    m_error->setObjectName(m_name + QStringLiteral("_error"));
    m_error->setWordWrap(true);
    form->addRow(m_error);
    show();
    showRare(false);
}

void ProtocolForm::addCommonFields()
{
    addField(QStringLiteral("filter"), tr("Filter"),
        {QStringLiteral("none"), QStringLiteral("core:5"), QStringLiteral("core:10"), QStringLiteral("raw:5")});
    addField(QStringLiteral("split"), tr("Split"),
        {QStringLiteral("leave_one_out"), QStringLiteral("global_time:0.9"), QStringLiteral("global_time:0.9:1d"),
            QStringLiteral("time_window:2015-03-31:1d:30m")});
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
    addField(QStringLiteral("candidates"), tr("Candidates"),
        {QStringLiteral("full"), QStringLiteral("trained"), QStringLiteral("uniform:100"),
            QStringLiteral("popular:100")});
}

void ProtocolForm::addRareFields()
{
    m_firstRare = static_cast<QFormLayout*>(layout())->rowCount();
    addField(QString::fromLatin1(presetKey), tr("Take from a benchmark"), presetNames());
    addField(QStringLiteral("targets"), tr("Targets"), {QStringLiteral("next"), QStringLiteral("all_in_window")});
    addField(QStringLiteral("score_ties"), tr("Equal scores"),
        {QStringLiteral("pessimistic"), QStringLiteral("optimistic"), QStringLiteral("expected"),
            QStringLiteral("lowest_id")});
    addField(
        QStringLiteral("metrics_at"), tr("Metrics at"), {QStringLiteral("1,5,10,20,50"), QStringLiteral("10,50,100")});
    addField(QStringLiteral("select_by"), tr("Best epoch by"),
        {QStringLiteral("ndcg@10"), QStringLiteral("hr@10"), QStringLiteral("recall@10"), QStringLiteral("mrr")});
    addField(QStringLiteral("cold_items"), tr("Items held out"), {QStringLiteral("none"), QStringLiteral("0.05")});
    addField(QStringLiteral("train_users"), tr("Users trained on"), {QStringLiteral("all"), QStringLiteral("0.5")});
    m_lastRare = static_cast<QFormLayout*>(layout())->rowCount() - 1;
}

void ProtocolForm::showRare(bool shown)
{
    m_rareShown = shown;
    auto* form = static_cast<QFormLayout*>(layout());
    for (int row = m_firstRare; row <= m_lastRare; ++row)
        form->setRowVisible(row, shown);
    m_more->setText(shown ? tr("Less") : tr("More of the protocol"));
    m_more->setAccessibleName(tr("Protocol settings that are seldom set"));
}

// Whether a setting that is hidden unless asked for differs from what it is by default.
bool ProtocolForm::rareInUse() const
{
    const Json now = m_protocol.toJson(), usual = Protocol().toJson();
    for (const char* key : {"targets", "score_ties", "metrics_at", "select_by", "cold_items", "train_users"}) {
        if (asText(now, key) != asText(usual, key))
            return true;
    }
    return false;
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
    if (key == QLatin1String(presetKey) && value.isEmpty())
        return; // nothing was chosen
    Protocol next = m_protocol;
    try {
        next.set(key.toStdString(), value.toStdString());
    } catch (const Error& error) {
        m_error->setText(QString::fromStdString(error.message() + " " + error.hint()));
        return;
    }
    m_error->clear();
    if (next == m_protocol)
        return show(); // in the one spelling that it has
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
        box->setEditText(asText(values, key.toStdString()));
    if (!m_rareShown && rareInUse())
        showRare(true);
}

} // namespace recoscope
