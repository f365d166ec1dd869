// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/train/train_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "engine/models/registry.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/elided_label.h"
#include "widgets/frame/chip_label.h"
#include "widgets/frame/empty_state.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/crosshair_group.h"
#include "widgets/plots/plot_view.h"
#include "widgets/views/context.h"
#include "widgets/views/data/protocol_form.h"
#include "widgets/views/train/live_curves.h"
#include "widgets/views/train/parameter_form.h"

namespace recoscope {

namespace {

constexpr int formWidth = 344;
constexpr int sideWidth = 290;

QString jobText(const std::optional<JobInfo>& job)
{
    if (!job)
        return {};
    QString text = job->text;
    if (job->etaSeconds >= 0)
        text += TrainView::tr(" · %1 left").arg(format::duration(job->etaSeconds));
    return text;
}

} // namespace

TrainView::TrainView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Train"), parent)
    , m_crosshair(new CrosshairGroup(this))
{
    auto* row = new QHBoxLayout;
    row->setSpacing(12);
    m_left = makeForm();
    row->addWidget(m_left);
    auto* middle = new QVBoxLayout;
    middle->setSpacing(12);
    m_middle = new QStackedWidget;
    auto* curves = new QWidget;
    auto* column = new QVBoxLayout(curves);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    column->addWidget(makeControls());
    column->addWidget(makeCurves(), 1);
    m_middle->addWidget(curves);
    m_middle->addWidget(
        new EmptyState(context.theme, QStringLiteral("activity"), tr("No run yet. The preset is a good first try.")));
    row->addWidget(m_middle, 1);
    m_side = makeSide();
    row->addWidget(m_side);
    contentLayout()->addLayout(row, 1);

    TrainingQueue& queue = context.training;
    connect(&queue, &TrainingQueue::changed, this, [this] {
        updateControls();
        updateQueue();
    });
    connect(&queue, &TrainingQueue::epochAdded, this, &TrainView::updateCurves);
    connect(&queue, &TrainingQueue::stepsAdded, this, &TrainView::updateCurves);
    connect(&queue, &TrainingQueue::runEnded, &context.library, &Library::refresh);
    connect(&queue, &TrainingQueue::runFailed, this,
        [this](const RunId&, const JobFailure& failure) { banner().showFailure(tr("Training stopped."), failure); });
    connect(&context.jobs, &Jobs::progressed, this, &TrainView::updateControls);
    connect(&context.library, &Library::datasetOpened, this, &TrainView::onDataset);
    connect(&context.selection, &Selection::changed, this, [this](SelectionFields fields) {
        if (fields & SelectionField::RunA)
            activate();
    });
    onModel();
    onDataset();
    updateControls();
    updateQueue();
}

SelectionFields TrainView::usedFields() const
{
    return SelectionField::Dataset | SelectionField::RunA;
}

Exportable* TrainView::mainExport() const
{
    return m_valid;
}

void TrainView::setNarrow(bool narrow)
{
    m_side->setVisible(!narrow);
}

QWidget* TrainView::makeForm()
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, tr("New run"), QStringLiteral("newRun"));
    panel->setEnlargeable(false);
    panel->setFixedWidth(theme.scaled(formWidth));
    QPushButton* reset = makeButton(tr("Reset"), QStringLiteral("trainReset"), ButtonKind::Link);
    connect(reset, &QPushButton::clicked, this, &TrainView::onPreset);
    panel->addControl(reset);
    m_model = new QComboBox;
    setNames(m_model, QStringLiteral("trainModel"), tr("Model"));
    for (const ModelDescriptor& model : modelRegistry())
        m_model->addItem(QString::fromStdString(model.title), QString::fromStdString(model.name));
    m_preset = new QComboBox;
    setNames(m_preset, QStringLiteral("trainPreset"), tr("Preset"));
    for (QComboBox* box : {m_model, m_preset}) {
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(8);
    }
    m_seed = new QLineEdit(QStringLiteral("42"));
    setNames(m_seed, QStringLiteral("trainSeed"), tr("Seed"));
    m_seed->setAlignment(Qt::AlignRight);
    m_form = new ParameterForm;
    m_protocol = new ProtocolForm(QStringLiteral("trainProtocol"));

    auto* scrolled = new QWidget;
    scrolled->setProperty("transparentArea", true);
    auto* fields = new QVBoxLayout(scrolled);
    fields->setContentsMargins(0, 0, 8, 0);
    fields->setSpacing(6);
    for (const auto& [label, editor] : std::initializer_list<std::pair<QString, QWidget*>>{
             {tr("Model"), m_model}, {tr("Preset"), m_preset}, {tr("Seed"), m_seed}}) {
        auto* row = new QHBoxLayout;
        row->addWidget(makeLabel(label), 2);
        row->addWidget(editor, 3);
        fields->addLayout(row);
    }
    fields->addWidget(m_form);
    fields->addWidget(makeLabel(tr("PROTOCOL"), "group"));
    fields->addWidget(m_protocol);
    fields->addStretch(1);
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setNames(area, QStringLiteral("trainForm"), tr("Parameters"));
    area->setWidget(scrolled);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(area, 1);
    column->addWidget(makeButtons());
    panel->setContent(body);
    connect(m_model, &QComboBox::currentIndexChanged, this, &TrainView::onModel);
    connect(m_preset, &QComboBox::activated, this, &TrainView::onPreset);
    return panel;
}

QWidget* TrainView::makeButtons()
{
    auto* foot = new QWidget;
    auto* column = new QVBoxLayout(foot);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    auto* box = new QFrame;
    box->setProperty("sunk", true);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(10, 6, 6, 6);
    m_estimate = makeLabel(tr("Time and memory are measured on a few steps."), "secondary");
    m_estimate->setWordWrap(true);
    QPushButton* measure = makeButton(tr("Estimate"), QStringLiteral("trainEstimate"), ButtonKind::Link);
    connect(measure, &QPushButton::clicked, this, &TrainView::estimate);
    row->addWidget(m_estimate, 1);
    row->addWidget(measure);
    column->addWidget(box);
    m_start = makeButton(tr("Start training"), QStringLiteral("trainStart"), ButtonKind::Primary);
    setThemedIcon(context().theme, m_start, QStringLiteral("play"));
    connect(m_start, &QPushButton::clicked, this, &TrainView::enqueue);
    column->addWidget(m_start);
    return foot;
}

QWidget* TrainView::makeControls()
{
    auto* box = new QFrame;
    box->setProperty("panel", true);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(14, 10, 14, 10);
    column->setSpacing(8);
    auto* row = new QHBoxLayout;
    m_runName = new ElidedLabel("strong");
    m_runState = new ChipLabel(context().theme);
    m_pause = makeButton(tr("Pause"), QStringLiteral("trainPause"));
    m_stop = makeButton(tr("Stop, keep best"), QStringLiteral("trainStop"));
    m_cancel = makeButton(tr("Cancel run…"), QStringLiteral("trainCancel"), ButtonKind::Danger);
    row->addWidget(m_runName);
    row->addWidget(m_runState);
    row->addStretch(1);
    for (QPushButton* button : {m_pause, m_stop, m_cancel})
        row->addWidget(button);
    column->addLayout(row);
    m_progress = new QProgressBar;
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    column->addWidget(m_progress);
    m_runDetail = makeLabel({}, "secondary");
    column->addWidget(m_runDetail);
    TrainingQueue& queue = context().training;
    connect(m_pause, &QPushButton::clicked, this, [&queue] { queue.isPaused() ? queue.resume() : queue.pause(); });
    connect(m_stop, &QPushButton::clicked, this, [&queue] { queue.stopKeepBest(); });
    connect(m_cancel, &QPushButton::clicked, this, [this, &queue] {
        const auto answer = QMessageBox::question(
            this, tr("Cancel run"), tr("Cancel %1? Its last checkpoint is kept.").arg(m_runName->text()));
        if (answer == QMessageBox::Yes)
            queue.cancelRunning();
    });
    return box;
}

PlotView* TrainView::makeChart(const QString& title, const QString& subtitle, const QString& name, Panel** made)
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, title, name);
    panel->setSubtitle(subtitle);
    auto* plot = new PlotView(theme, title, name + QStringLiteral("Plot"));
    plot->setCrosshairGroup(m_crosshair);
    panel->setContent(plot);
    panel->addControl(plot->makeLogSwitch());
    panel->setExportable(plot);
    if (made)
        *made = panel;
    return plot;
}

QWidget* TrainView::makeCurves()
{
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    Panel* loss = nullptr;
    Panel* valid = nullptr;
    m_loss = makeChart(tr("Training loss"), tr("mean over positions, nats"), QStringLiteral("trainLoss"), &loss);
    m_valid = makeChart(
        tr("Validation NDCG@10"), tr("full ranking, band is 95 % CI"), QStringLiteral("trainValid"), &valid);
    column->addWidget(loss, 1);
    column->addWidget(valid, 1);
    return box;
}

QWidget* TrainView::makeSide()
{
    Theme& theme = context().theme;
    auto* box = new QWidget;
    box->setFixedWidth(theme.scaled(sideWidth));
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(12);
    auto* queue = new Panel(theme, tr("Queue"), QStringLiteral("queue"));
    queue->setEnlargeable(false);
    QPushButton* remove = makeButton(tr("Remove"), QStringLiteral("queueRemove"), ButtonKind::Link);
    queue->addControl(remove);
    m_queue = new QListWidget;
    setNames(m_queue, QStringLiteral("queueList"), tr("Waiting runs"));
    m_queue->setDragDropMode(QAbstractItemView::InternalMove);
    queue->setContent(m_queue);
    connect(remove, &QPushButton::clicked, this, [this] {
        if (const QListWidgetItem* item = m_queue->currentItem())
            context().training.removeWaiting(item->data(Qt::UserRole).toString().toStdString());
    });
    connect(m_queue->model(), &QAbstractItemModel::rowsMoved, this, [this] {
        for (int i = 0; i < m_queue->count(); ++i)
            context().training.moveWaiting(m_queue->item(i)->data(Qt::UserRole).toString().toStdString(), i);
    });
    column->addWidget(queue, 1);
    Panel* rate = nullptr;
    Panel* norm = nullptr;
    m_rate = makeChart(tr("Learning rate"), {}, QStringLiteral("trainRate"), &rate);
    m_norm = makeChart(tr("Gradient norm"), tr("L2, before clip"), QStringLiteral("trainNorm"), &norm);
    column->addWidget(rate, 1);
    column->addWidget(norm, 1);
    return box;
}

void TrainView::onModel()
{
    const ModelDescriptor& model = findModel(m_model->currentData().toString().toStdString());
    m_preset->clear();
    m_preset->addItem(tr("Defaults"));
    for (const ModelPreset& preset : model.presets)
        m_preset->addItem(QString::fromStdString(preset.title));
    m_form->setSchema(model.kind == ModelKind::Neural ? fullSchema(model) : model.schema, Json::object());
    m_model->setToolTip(QString::fromStdString(model.summary + " " + model.paper));
    setSubtitle(QString::fromStdString(model.summary));
}

void TrainView::onPreset()
{
    const ModelDescriptor& model = findModel(m_model->currentData().toString().toStdString());
    const int index = m_preset->currentIndex() - 1;
    if (index < 0 || index >= static_cast<int>(model.presets.size())) {
        m_form->setValues(Json::object());
        return;
    }
    const ModelPreset& preset = model.presets[static_cast<std::size_t>(index)];
    m_form->setValues(preset.parameters);
    Protocol protocol;
    for (const auto& [key, value] : preset.protocol.items())
        protocol.set(key, value.is_string() ? value.get<std::string>() : value.dump());
    m_protocol->setProtocol(protocol);
}

void TrainView::onDataset()
{
    const bool ready = !context().selection.dataset().isEmpty();
    m_start->setEnabled(ready);
    m_start->setToolTip(ready ? QString() : tr("Choose a dataset first."));
}

std::vector<Workspace::NewRun> TrainView::requests()
{
    std::vector<Workspace::NewRun> runs;
    Workspace::NewRun run;
    run.dataset = context().selection.dataset().toStdString();
    run.protocol = m_protocol->protocol();
    run.model = m_model->currentData().toString().toStdString();
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
    return runs;
}

void TrainView::enqueue()
{
    try {
        const std::vector<Workspace::NewRun> runs = requests();
        for (const Workspace::NewRun& run : runs)
            m_shown = context().training.enqueue(run);
        banner().clear();
        emit context().navigator.messageRequested(
            format::plural(static_cast<qint64>(runs.size()), tr("%1 run queued"), tr("%1 runs queued")));
    } catch (const Error& error) {
        banner().showFailure(tr("The run cannot start."),
            {error.kind(), QString::fromStdString(error.message()), QString::fromStdString(error.hint())});
    }
}

void TrainView::estimate()
{
    std::vector<Workspace::NewRun> runs;
    try {
        runs = requests();
    } catch (const Error& error) {
        m_estimate->setText(QString::fromStdString(error.message()));
        return;
    }
    if (runs.empty() || runs.front().dataset.empty())
        return;
    m_estimate->setText(tr("Measuring a few steps…"));
    context().jobs.run(
        {JobLane::Inspect, tr("Estimate the training"), QStringLiteral("train-estimate")}, this,
        [workspace = context().workspace, run = runs.front()](Progress& progress) {
            TrainRequest request;
            request.model = run.model;
            request.parameters = run.parameters;
            request.seed = run.seed;
            request.data = workspace->prepareData(run.dataset, run.protocol, progress);
            return estimateTraining(request, progress);
        },
        [this](const TrainEstimate& estimate) { showEstimate(estimate); },
        [this](const JobFailure& failure) { m_estimate->setText(failure.message); });
}

void TrainView::showEstimate(const TrainEstimate& e)
{
    m_estimate->setText(
        tr("%1 per epoch ± %2 · %3 in all\nPeak memory %4 · %5 parameters")
            .arg(format::duration(e.secondsPerEpoch), format::duration(e.secondsPerEpochError),
                format::duration(e.secondsTotal), format::bytes(e.peakMemoryBytes), format::count(e.parameterCount)));
}

void TrainView::activate()
{
    const QString a = context().selection.runA();
    if (context().training.running() || a.isEmpty()) {
        updateCurves();
        return;
    }
    // Nothing trains: the curves of run A are shown.
    context().jobs.run(
        {JobLane::Inspect, {}, QStringLiteral("train-curves")}, this,
        [workspace = context().workspace, id = a.toStdString()](Progress&) { return workspace->store().epochs(id); },
        [this, a](std::vector<EpochRecord> epochs) {
            if (context().training.running())
                return;
            LiveRun run;
            run.id = a.toStdString();
            run.name = context().library.runName(a);
            run.epochs = std::move(epochs);
            showCurves(run);
            updateControls();
        });
}

const LiveRun* TrainView::shownRun() const
{
    if (const LiveRun* running = context().training.running())
        return running;
    return m_shown.empty() ? nullptr : context().training.live(m_shown);
}

void TrainView::updateCurves()
{
    if (const LiveRun* run = shownRun())
        showCurves(*run);
}

void TrainView::showCurves(const LiveRun& run)
{
    m_shown = run.id;
    m_runName->setText(run.name);
    m_loss->setModel(lossModel(run));
    m_valid->setModel(validModel(run));
    m_rate->setModel(rateModel(run));
    m_norm->setModel(normModel(run));
    m_middle->setCurrentIndex(0);
}

void TrainView::updateControls()
{
    TrainingQueue& queue = context().training;
    const LiveRun* run = queue.running();
    for (QPushButton* button : {m_pause, m_stop, m_cancel})
        button->setEnabled(run != nullptr);
    m_middle->setCurrentIndex(run || !m_shown.empty() ? 0 : 1);
    m_progress->setVisible(run != nullptr);
    if (!run) {
        const RunRecord* record = context().library.run(QString::fromStdString(m_shown));
        m_runState->setChip(
            StatusTone::Neutral, record ? QString::fromLatin1(runStatusName(record->status)) : QString());
        m_runDetail->setText(record && !record->error.empty() ? QString::fromStdString(record->error) : QString());
        return;
    }
    m_runName->setText(run->name);
    m_runState->setChip(
        queue.isPaused() ? StatusTone::Warn : StatusTone::Accent, queue.isPaused() ? tr("paused") : tr("running"));
    m_pause->setText(queue.isPaused() ? tr("Resume") : tr("Pause"));
    const auto job = context().jobs.info(run->job);
    m_progress->setValue(job ? qRound(std::max(0.0, job->fraction) * 1000) : 0);
    m_runDetail->setText(jobText(job));
}

void TrainView::updateQueue()
{
    const std::vector<RunId> waiting = context().training.waiting();
    QStringList ids;
    for (const RunId& id : waiting)
        ids << QString::fromStdString(id);
    QStringList shown;
    for (int i = 0; i < m_queue->count(); ++i)
        shown << m_queue->item(i)->data(Qt::UserRole).toString();
    if (ids == shown)
        return;
    m_queue->clear();
    for (const RunId& id : waiting) {
        const LiveRun* run = context().training.live(id);
        auto* item = new QListWidgetItem(QStringLiteral("%1   %2").arg(run->name, run->model), m_queue);
        item->setData(Qt::UserRole, QString::fromStdString(id));
        item->setSizeHint(QSize(0, context().theme.scaled(30)));
    }
}

} // namespace recoscope
