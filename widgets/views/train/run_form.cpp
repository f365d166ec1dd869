// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/run_form.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "engine/core/error.h"
#include "engine/models/registry.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"
#include "widgets/views/data/protocol_form.h"
#include "widgets/views/train/device_box.h"
#include "widgets/views/train/estimate_box.h"
#include "widgets/views/train/parameter_form.h"

namespace recoscope {

namespace {

constexpr int formWidth = 344;
constexpr int restMilliseconds = 600;

} // namespace

RunForm::RunForm(WorkbenchContext& context, QWidget* parent)
    : Panel(context.theme, tr("New run"), QStringLiteral("newRun"), parent)
    , m_context(context)
    , m_model(new QComboBox)
    , m_preset(new QComboBox)
    , m_seed(new QLineEdit(QStringLiteral("42")))
    , m_device(new DeviceBox)
    , m_form(new ParameterForm)
    , m_estimate(new EstimateBox(context))
    , m_start(makeButton(tr("Start training"), QStringLiteral("trainStart"), ButtonKind::Primary))
    , m_add(makeButton(tr("Add to queue"), QStringLiteral("trainAdd")))
{
    setEnlargeable(false);
    context.theme.keepWidth(this, formWidth);
    QPushButton* reset = makeButton(tr("Reset"), QStringLiteral("trainReset"), ButtonKind::Link);
    connect(reset, &QPushButton::clicked, this, &RunForm::onPreset);
    addControl(reset);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(makeFields(), 1);
    column->addWidget(makeFoot());
    setContent(body);
    m_quiet.setSingleShot(true);
    m_quiet.setInterval(restMilliseconds);
    connect(&m_quiet, &QTimer::timeout, this, &RunForm::estimate);
    connect(m_model, &QComboBox::activated, this, &RunForm::onEdited);
    connect(m_preset, &QComboBox::activated, this, &RunForm::onPreset);
    connect(m_seed, &QLineEdit::textEdited, this, &RunForm::onEdited);
    connect(m_device, &QComboBox::activated, this, &RunForm::onEdited);
    connect(m_form, &ParameterForm::edited, this, &RunForm::onEdited);
    connect(m_estimate, &EstimateBox::measureRequested, this, &RunForm::estimate);
}

void RunForm::addProtocol()
{
    m_protocol = new ProtocolForm(QStringLiteral("trainProtocol"), m_fields->parentWidget());
    m_fields->insertWidget(m_fields->count() - 1, m_protocol); // above the stretch
    connect(m_protocol, &ProtocolForm::changed, this, &RunForm::onEdited);
}

void RunForm::addParameters()
{
    onModel();
    onDataset();
    m_device->lookForDevice(m_context.jobs);
    connect(m_model, &QComboBox::currentIndexChanged, this, &RunForm::onModel);
    connect(&m_context.library, &Library::datasetOpened, this, &RunForm::onDataset);
}

QWidget* RunForm::makeFields()
{
    setNames(m_model, QStringLiteral("trainModel"), tr("Model"));
    for (const ModelDescriptor& model : modelRegistry())
        m_model->addItem(QString::fromStdString(model.title), QString::fromStdString(model.name));
    setNames(m_preset, QStringLiteral("trainPreset"), tr("Preset"));
    setNames(m_device, QStringLiteral("trainDevice"), tr("Device"));
    for (QComboBox* box : std::initializer_list<QComboBox*>{m_model, m_preset, m_device}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(8);
    }
    setNames(m_seed, QStringLiteral("trainSeed"), tr("Seed"));
    m_seed->setAlignment(Qt::AlignRight);
    m_seed->setToolTip(tr("One seed, or several separated by commas: a run for each."));
    auto* scrolled = new QWidget;
    scrolled->setProperty("transparentArea", true);
    m_fields = new QVBoxLayout(scrolled);
    m_fields->setContentsMargins(0, 0, 8, 0);
    m_fields->setSpacing(6);
    for (const auto& [label, editor] : std::initializer_list<std::pair<QString, QWidget*>>{
             {tr("Model"), m_model}, {tr("Preset"), m_preset}, {tr("Seed"), m_seed}, {tr("Device"), m_device}}) {
        auto* row = new QHBoxLayout;
        row->addWidget(makeLabel(label), 2);
        row->addWidget(editor, 3);
        m_fields->addLayout(row);
    }
    m_fields->addWidget(m_form);
    m_fields->addWidget(makeLabel(tr("PROTOCOL"), "group"));
    m_fields->addStretch(1);
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setNames(area, QStringLiteral("trainForm"), tr("Parameters"));
    area->setWidget(scrolled);
    return area;
}

QWidget* RunForm::makeFoot()
{
    auto* foot = new QWidget;
    auto* column = new QVBoxLayout(foot);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(m_estimate);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    setThemedIcon(m_context.theme, m_start, QStringLiteral("play"));
    m_add->setToolTip(tr("Trains after all runs that wait; several values in a field, such as 32, 64, make a sweep."));
    connect(m_start, &QPushButton::clicked, this, &RunForm::startRequested);
    connect(m_add, &QPushButton::clicked, this, &RunForm::queueRequested);
    row->addWidget(m_start, 1);
    row->addWidget(m_add);
    column->addLayout(row);
    return foot;
}

void RunForm::chooseModel(const QString& registryName)
{
    const int index = m_model->findData(registryName);
    if (index >= 0)
        m_model->setCurrentIndex(index);
}

QString RunForm::summary() const
{
    return QString::fromStdString(findModel(m_model->currentData().toString().toStdString()).summary);
}

void RunForm::onModel()
{
    const ModelDescriptor& model = findModel(m_model->currentData().toString().toStdString());
    m_preset->clear();
    m_preset->addItem(tr("Defaults"));
    for (const ModelPreset& preset : model.presets)
        m_preset->addItem(QString::fromStdString(preset.title));
    m_device->setModel(model.name);
    m_form->setSchema(model.kind == ModelKind::Neural ? fullSchema(model) : model.schema, Json::object());
    m_model->setToolTip(QString::fromStdString(model.summary + " " + model.paper));
    m_estimate->forget();
    updateButtons();
    emit modelChanged();
}

void RunForm::onPreset()
{
    const ModelDescriptor& model = findModel(m_model->currentData().toString().toStdString());
    const int index = m_preset->currentIndex() - 1;
    if (index < 0 || index >= static_cast<int>(model.presets.size())) {
        m_form->setValues(Json::object());
        m_protocol->setProtocol(Protocol());
    } else {
        const ModelPreset& preset = model.presets[static_cast<std::size_t>(index)];
        m_form->setValues(preset.parameters);
        Protocol protocol;
        for (const auto& [key, value] : preset.protocol.items())
            protocol.set(key, value.is_string() ? value.get<std::string>() : value.dump());
        m_protocol->setProtocol(protocol);
    }
    onEdited();
}

void RunForm::onDataset()
{
    m_estimate->forget();
    updateButtons();
}

void RunForm::onEdited()
{
    m_estimate->forget();
    updateButtons();
    // A training in progress would spoil the measurement, and the measurement the training.
    if (!m_context.training.running() && m_context.library.dataset())
        m_quiet.start();
}

void RunForm::updateButtons()
{
    const bool ready = !m_context.selection.dataset().isEmpty();
    for (QPushButton* button : {m_start, m_add})
        button->setEnabled(ready);
    m_start->setToolTip(ready ? tr("Trains now, or next when a run is training.") : tr("Choose a dataset first."));
    qint64 runs = 1;
    try {
        runs = static_cast<qint64>(requests().size());
    } catch (const Error&) {
        // The field says what is wrong with it.
    }
    m_start->setText(u' ' + (runs == 1 ? tr("Start training") : tr("Start %1 runs").arg(format::count(runs))));
    m_start->setAccessibleName(m_start->text().trimmed());
}

void RunForm::estimate()
{
    try {
        m_estimate->measure(requests());
    } catch (const Error& error) {
        m_estimate->showError(QString::fromStdString(error.message()));
    }
}

std::vector<Workspace::NewRun> RunForm::requests()
{
    std::vector<Workspace::NewRun> runs;
    Workspace::NewRun run;
    run.dataset = m_context.selection.dataset().toStdString();
    run.protocol = m_protocol->protocol();
    run.model = m_model->currentData().toString().toStdString();
    run.device = m_device->device();
    for (const Json& parameters : m_form->combinations()) {
        for (const QString& seed : m_seed->text().split(u',', Qt::SkipEmptyParts)) {
            bool valid = false;
            run.seed = seed.trimmed().toULongLong(&valid);
            if (!valid)
                throw Error(ErrorKind::Usage, tr("The seed %1 is not a whole number.").arg(seed).toStdString(),
                    tr("Write one seed, or several separated by commas.").toStdString());
            run.parameters = parameters;
            runs.push_back(run);
        }
    }
    if (runs.empty())
        throw Error(ErrorKind::Usage, tr("There is no seed.").toStdString(),
            tr("Write one seed, or several separated by commas.").toStdString());
    return runs;
}

} // namespace recoscope
