// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/checkpoint_dialog.h"

#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/core/json.h"
#include "engine/core/safetensors.h"
#include "widgets/core/array_table_model.h"
#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/data_table.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

using Pair = std::pair<QString, QString>;
using Tensor = CheckpointContents::Tensor;

QString shapeOf(const TensorView& view)
{
    QStringList sizes;
    for (const std::int64_t size : view.shape)
        sizes.push_back(QString::number(size));
    return sizes.isEmpty() ? QStringLiteral("1") : sizes.join(QStringLiteral(" × "));
}

bool isFloating(TensorType type)
{
    return type == TensorType::F16 || type == TensorType::BF16 || type == TensorType::F32 || type == TensorType::F64;
}

Tensor tensorOf(const std::string& name, const TensorView& view)
{
    Tensor tensor{QString::fromStdString(name), shapeOf(view), view.size(), NAN, NAN, NAN, 0};
    if (!isFloating(view.type))
        return tensor;
    std::vector<double> values = view.toDouble();
    tensor.notFinite
        = static_cast<std::int64_t>(std::erase_if(values, [](double value) { return !std::isfinite(value); }));
    if (values.empty())
        return tensor;
    const auto n = static_cast<double>(values.size());
    tensor.mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
    double squares = 0.0;
    tensor.largest = 0.0;
    for (const double value : values) {
        squares += (value - tensor.mean) * (value - tensor.mean);
        tensor.largest = std::max(tensor.largest, std::fabs(value));
    }
    tensor.deviation = std::sqrt(squares / n);
    return tensor;
}

// A JSON object becomes an entry for each key, anything else one entry.
void addMetadata(std::vector<Pair>& pairs, const QString& name, const Json& value)
{
    if (value.is_object()) {
        for (const auto& item : value.items())
            addMetadata(pairs, QString::fromStdString(item.key()), item.value());
        return;
    }
    pairs.emplace_back(name, QString::fromStdString(value.is_string() ? value.get<std::string>() : value.dump()));
}

QString numberOrMissing(double value)
{
    return std::isnan(value) ? format::missing() : format::number(value, 4);
}

template <class Row>
DataTable* makeTable(
    Theme& theme, RowTableModel<Row>* model, const std::vector<Row>& rows, const QString& title, const QString& name)
{
    auto* table = new DataTable(theme, title, name);
    model->setParent(table);
    model->setRows(rows);
    table->setTable(model);
    table->setTextElideMode(Qt::ElideMiddle); // names of tensors differ at their ends
    return table;
}

RowTableModel<Tensor>* tensorModel()
{
    const auto real = [](const QString& title, double Tensor::*field) {
        return RowTableModel<Tensor>::Column{{title, {}, true, 90},
            [field](const Tensor& t) { return numberOrMissing(t.*field); },
            [field](const Tensor& t) { return QVariant(t.*field); }};
    };
    const auto whole = [](const QString& title, std::int64_t Tensor::*field) {
        return RowTableModel<Tensor>::Column{{title, {}, true, 90},
            [field](const Tensor& t) { return format::count(t.*field); },
            [field](const Tensor& t) { return QVariant::fromValue<qlonglong>(t.*field); }};
    };
    using Dialog = CheckpointDialog;
    return new RowTableModel<Tensor>(
        {{{Dialog::tr("Tensor"), {}, false, 260}, [](const Tensor& t) { return t.name; }, {}},
            {{Dialog::tr("Shape"), {}, false, 110}, [](const Tensor& t) { return t.shape; }, {}},
            whole(Dialog::tr("Values"), &Tensor::values), real(Dialog::tr("Mean"), &Tensor::mean),
            real(Dialog::tr("Deviation"), &Tensor::deviation), real(Dialog::tr("Largest"), &Tensor::largest),
            whole(Dialog::tr("Not finite"), &Tensor::notFinite)});
}

} // namespace

CheckpointContents readCheckpoint(const QString& file, Progress& progress)
{
    const SafetensorsFile opened(Path(file.toStdString()));
    CheckpointContents contents;
    contents.file = file;
    contents.kind = kindOfForeign(opened);
    for (const auto& [name, value] : opened.metadata()) {
        const Json parsed = Json::parse(value, nullptr, false);
        const bool isObject = !parsed.is_discarded() && parsed.is_object();
        addMetadata(contents.metadata, QString::fromStdString(name), isObject ? parsed : Json(value));
    }
    for (const auto& [name, view] : opened.tensors()) {
        progress.checkCancelled();
        contents.tensors.push_back(tensorOf(name, view));
    }
    return contents;
}

CheckpointDialog::CheckpointDialog(Theme& theme, const CheckpointContents& contents, bool hasRun, QWidget* parent)
    : QDialog(parent)
{
    const QString name = QFileInfo(contents.file).fileName();
    setWindowTitle(name);
    setNames(this, QStringLiteral("checkpointDialog"), name);
    resize(theme.scaled(760), theme.scaled(520));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    const std::int64_t values = std::accumulate(contents.tensors.begin(), contents.tensors.end(), std::int64_t(0),
        [](std::int64_t sum, const Tensor& tensor) { return sum + tensor.values; });
    column->addWidget(makeLabel(name, "panel"));
    column->addWidget(makeLabel(tr("%n tensor(s)", nullptr, static_cast<int>(contents.tensors.size()))
            + QStringLiteral(" · ") + tr("%1 values").arg(format::count(values)),
        "secondary"));
    auto* tabs = new QTabWidget;
    setNames(tabs, QStringLiteral("checkpointTabs"), tr("Contents of the checkpoint"));
    tabs->addTab(makeTable(theme, tensorModel(), contents.tensors, tr("Tensors"), QStringLiteral("checkpointTensors")),
        tr("Tensors"));
    auto* pairs = new RowTableModel<Pair>({{{tr("Name"), {}, false, 200}, [](const Pair& p) { return p.first; }, {}},
        {{tr("Value"), {}, false, 380}, [](const Pair& p) { return p.second; }, {}}});
    tabs->addTab(makeTable(theme, pairs, contents.metadata, tr("Settings"), QStringLiteral("checkpointSettings")),
        tr("Settings"));
    column->addWidget(tabs, 1);
    auto* row = new QHBoxLayout;
    row->addStretch(1);
    QPushButton* close = makeButton(tr("Close"), QStringLiteral("checkpointClose"));
    connect(close, &QPushButton::clicked, this, &QDialog::reject);
    row->addWidget(close);
    if (hasRun) {
        QPushButton* open = makeButton(tr("Show its run"), QStringLiteral("checkpointRun"), ButtonKind::Primary);
        connect(open, &QPushButton::clicked, this, [this] {
            emit runRequested();
            accept();
        });
        row->addWidget(open);
    }
    if (!contents.kind.model.empty()) {
        column->insertWidget(2,
            makeLabel(
                tr("A checkpoint of %1, as %2 writes it.")
                    .arg(QString::fromStdString(contents.kind.model), QString::fromStdString(contents.kind.source)),
                "secondary"));
        QPushButton* adopt = makeButton(tr("Adopt as a run…"), QStringLiteral("checkpointAdopt"), ButtonKind::Primary);
        connect(adopt, &QPushButton::clicked, this, [this] {
            emit adoptionRequested();
            accept();
        });
        row->addWidget(adopt);
    }
    column->addLayout(row);
}

} // namespace recoscope
