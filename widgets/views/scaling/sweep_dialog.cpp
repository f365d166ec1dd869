// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/sweep_dialog.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include <algorithm>

#include "engine/core/error.h"
#include "engine/models/registry.h"
#include "engine/training/trainer.h"
#include "widgets/core/formatting.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/banner.h"
#include "widgets/frame/buttons.h"
#include "widgets/views/context.h"
#include "widgets/views/data/protocol_form.h"
#include "widgets/views/scaling/scaling_data.h"
#include "widgets/views/train/parameter_form.h"

namespace recoscope {

namespace {

// "0.25, 0.5, 1" as a list of JSON numbers; what is no number stays text, which the check of the sweep names.
Json numbersIn(const QString& text)
{
    Json list = Json::array();
    for (const QString& part : text.split(u',', Qt::SkipEmptyParts)) {
        const std::string word = part.trimmed().toStdString();
        const Json number = Json::parse(word, nullptr, false);
        list.push_back(number.is_number() ? number : Json(word));
    }
    return list;
}

} // namespace

SweepDialog::SweepDialog(WorkbenchContext& context, QWidget* parent)
    : QDialog(parent)
    , m_context(context)
    , m_name(new QLineEdit)
    , m_model(new QComboBox)
    , m_shares(new QLineEdit(QStringLiteral("0.25, 0.5, 1")))
    , m_seeds(new QLineEdit(QStringLiteral("42")))
    , m_parameters(new ParameterForm)
    , m_protocol(new ProtocolForm(QStringLiteral("sweepProtocol")))
    , m_banner(new Banner(context.theme))
    , m_words(makeLabel({}, "secondary"))
    , m_close(makeButton(tr("Close"), QStringLiteral("sweepClose")))
    , m_check(makeButton(tr("Check"), QStringLiteral("sweepCheck")))
    , m_start(makeButton(tr("Start sweep"), QStringLiteral("sweepStart"), ButtonKind::Primary))
{
    setObjectName(QStringLiteral("sweepDialog"));
    setWindowTitle(tr("New sweep"));
    resize(520, 640);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    column->addWidget(makeFields(), 1);
    column->addWidget(m_banner);
    m_words->setWordWrap(true);
    setNames(m_words, QStringLiteral("sweepWords"), tr("What the sweep would train"));
    column->addWidget(m_words);
    column->addLayout(makeButtons());
    connect(m_model, &QComboBox::currentIndexChanged, this, &SweepDialog::onModel);
    connect(m_parameters, &ParameterForm::edited, this, &SweepDialog::edited);
    connect(m_protocol, &ProtocolForm::changed, this, &SweepDialog::edited);
    for (QLineEdit* field : {m_name, m_shares, m_seeds})
        connect(field, &QLineEdit::textEdited, this, &SweepDialog::edited);
    connect(&context.jobs, &Jobs::cancelled, this, [this](JobId job) {
        if (job == m_job)
            setBusy(false);
    });
    onModel();
}

SweepDialog::~SweepDialog()
{
    m_context.jobs.disconnect(this);
    if (m_job != 0)
        m_context.jobs.cancel(m_job);
}

QWidget* SweepDialog::makeFields()
{
    setNames(m_name, QStringLiteral("sweepName"), tr("Name"));
    setNames(m_model, QStringLiteral("sweepModel"), tr("Model"));
    setNames(m_shares, QStringLiteral("sweepShares"), tr("Shares of the users"));
    setNames(m_seeds, QStringLiteral("sweepSeeds"), tr("Seeds"));
    for (const ModelDescriptor& model : modelRegistry())
        if (model.kind == ModelKind::Neural)
            m_model->addItem(QString::fromStdString(model.title), QString::fromStdString(model.name));
    auto* scrolled = new QWidget;
    scrolled->setProperty("transparentArea", true);
    auto* column = new QVBoxLayout(scrolled);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(8);
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(tr("Name"), m_name);
    form->addRow(tr("Model"), m_model);
    form->addRow(tr("Shares of the users"), m_shares);
    form->addRow(tr("Seeds"), m_seeds);
    column->addLayout(form);
    column->addWidget(makeLabel(tr("SIZES: SEVERAL VALUES IN A FIELD"), "group"));
    column->addWidget(m_parameters);
    column->addWidget(makeLabel(tr("PROTOCOL"), "group"));
    column->addWidget(m_protocol);
    column->addStretch(1);
    auto* area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setNames(area, QStringLiteral("sweepForm"), tr("Sizes and settings"));
    area->setWidget(scrolled);
    return area;
}

QHBoxLayout* SweepDialog::makeButtons()
{
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addStretch(1);
    for (QPushButton* button : {m_close, m_check, m_start})
        row->addWidget(button);
    connect(m_close, &QPushButton::clicked, this, &SweepDialog::reject);
    connect(m_check, &QPushButton::clicked, this, [this] { plan(false); });
    connect(m_start, &QPushButton::clicked, this, [this] { plan(true); });
    return row;
}

void SweepDialog::onModel()
{
    const ModelDescriptor& model = findModel(m_model->currentData().toString().toStdString());
    m_parameters->setSchema(fullSchema(model), Json::object());
    m_name->setText(QString::fromStdString(model.name) + QStringLiteral("-sizes"));
    edited();
}

void SweepDialog::edited()
{
    m_banner->clear();
    qint64 runs = 0;
    try {
        runs = static_cast<qint64>(m_parameters->combinations().size() * numbersIn(m_shares->text()).size()
            * numbersIn(m_seeds->text()).size());
    } catch (const Error&) {
        // The field says what is wrong with it.
    }
    m_words->setText(tr("%n run(s). Check says what they cost.", nullptr, static_cast<int>(runs)));
}

Json SweepDialog::description()
{
    Json protocol = m_protocol->protocol().toJson();
    protocol.erase("train_users");
    return {{"name", m_name->text().trimmed().toStdString()}, {"dataset", m_context.selection.dataset().toStdString()},
        {"model", m_model->currentData().toString().toStdString()}, {"sizes", m_parameters->combinations()},
        {"train_users", numbersIn(m_shares->text())}, {"seeds", numbersIn(m_seeds->text())}, {"protocol", protocol}};
}

void SweepDialog::plan(bool start)
{
    Json wanted;
    try {
        wanted = description();
    } catch (const Error& error) {
        m_banner->showMessage(
            StatusTone::Bad, QString::fromStdString(error.message()), QString::fromStdString(error.hint()));
        return;
    }
    m_banner->clear();
    m_job = m_context.jobs.run(
        {JobLane::Work, tr("Check the sweep %1").arg(m_name->text()), {}}, this,
        [workspace = m_context.workspace, wanted, start](Progress& progress) {
            Sweep sweep = planSweep(*workspace, wanted, "new sweep", progress);
            if (start)
                tagRuns(*workspace, sweep);
            return sweep;
        },
        [this, start](const Sweep& sweep) { planned(sweep, start); },
        [this](const JobFailure& failure) {
            setBusy(false);
            m_banner->showFailure(tr("Nothing was started."), failure);
        });
    setBusy(true);
}

void SweepDialog::planned(const Sweep& sweep, bool start)
{
    setBusy(false);
    double work = 0.0;
    int done = 0;
    std::int64_t smallest = sweep.points.front().parameterCount, largest = smallest;
    std::vector<Workspace::NewRun> requests;
    for (const SweepPoint& point : sweep.points) {
        smallest = std::min(smallest, point.parameterCount);
        largest = std::max(largest, point.parameterCount);
        done += point.isDone();
        work += point.isDone() ? 0.0 : point.work.flops * point.request.parameters.value("epochs", 1);
        if (!point.run)
            requests.push_back(point.request);
        else if (start && !point.isDone() && !m_context.training.holds(point.run->id))
            m_context.training.enqueueResume(*point.run);
    }
    m_words->setText(tr("%1 runs, %2 of them done; N from %3 to %4; at most %5 operations are left.")
                         .arg(sweep.points.size())
                         .arg(done)
                         .arg(format::count(smallest), format::count(largest), powerText(work)));
    if (!start)
        return;
    const bool isWhole = done == static_cast<int>(sweep.points.size());
    if (!requests.empty())
        m_context.training.enqueue(std::move(requests));
    emit started(QString::fromStdString(sweep.name), isWhole);
    accept();
}

void SweepDialog::setBusy(bool busy)
{
    if (!busy)
        m_job = 0;
    m_check->setEnabled(!busy);
    m_start->setEnabled(!busy);
    m_close->setText(busy ? tr("Cancel") : tr("Close"));
    if (busy)
        m_words->setText(tr("Checking every run…"));
}

void SweepDialog::reject()
{
    if (m_job != 0)
        m_context.jobs.cancel(m_job);
    else
        QDialog::reject();
}

} // namespace recoscope
