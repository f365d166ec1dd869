// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/measurement_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <thread>

#include "engine/kernels/ops.h"
#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/views/latency/path_choice.h"
#include "widgets/views/latency/run_checks.h"

namespace recoscope {

namespace {

constexpr std::int64_t longestHistory = 100000;
constexpr std::int64_t widestBeam = 1000;
constexpr std::size_t mostNumbers = 12; // lengths or widths
constexpr int usualBatch = 32;
constexpr int largestBatch = 4096;

// Of one run: every mode once; beams in each width asked for, or in the usual ones and the model's own.
std::size_t mostPaths(const LatencyRequest& request)
{
    const auto& modes = request.modes;
    const std::size_t widths = request.beams.empty() ? usualBeams.size() + 1 : request.beams.size();
    return modes.size() + (std::find(modes.begin(), modes.end(), ServingMode::Beam) != modes.end() ? widths - 1 : 0);
}

QString usualWidths()
{
    QStringList widths;
    for (const std::int64_t width : usualBeams)
        widths << QString::number(width);
    return widths.join(QStringLiteral(", "));
}

// Whole numbers from 1, with commas, ascending and each once; nothing where there is another or too many.
std::optional<std::vector<std::int64_t>> numbersOf(const QString& text, std::int64_t largest)
{
    std::vector<std::int64_t> result;
    for (const QString& part : text.split(u',', Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const qlonglong value = part.trimmed().toLongLong(&isNumber);
        if (!isNumber || value < 1 || value > largest)
            return std::nullopt;
        result.push_back(value);
    }
    if (result.size() > mostNumbers)
        return std::nullopt;
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

QString basisOf(const LatencyEstimate& estimate, const QString& amount)
{
    return MeasurementForm::tr(
        "%1. The time is an estimate, from what requests took when %n path(s) of these runs were measured on this "
        "machine with as many threads, with the reading of histories before those of cached paths. Between measured "
        "lengths it is interpolated, beyond them that of the nearest is taken. Opening the runs is not counted, nor "
        "are paths that were never measured here.",
        nullptr, estimate.paths)
        .arg(amount);
}

QLabel* buddyLabel(const QString& caption, QWidget* field)
{
    auto* label = makeLabel(caption);
    label->setBuddy(field);
    return label;
}

QHBoxLayout* makeRow(const QList<QWidget*>& parts)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    for (QWidget* part : parts)
        row->addWidget(part, qobject_cast<QLabel*>(part) ? 0 : 1);
    return row;
}

} // namespace

MeasurementForm::MeasurementForm(QWidget* parent)
    : QWidget(parent)
    , m_device(new QComboBox)
    , m_runs(new RunChecks)
    , m_paths(new PathChoice)
    , m_batchLabel(makeLabel(tr("Batch")))
    , m_batch(new QSpinBox)
    , m_beams(new QLineEdit)
    , m_warmUp(new QSpinBox)
    , m_samples(new QSpinBox)
    , m_lengths(new QLineEdit(QStringLiteral("16, 32, 64, 128")))
    , m_pause(new QCheckBox(tr("Pause training while measuring")))
    , m_pathsError(makeLabel({}, "error"))
    , m_beamsError(makeLabel({}, "error"))
    , m_lengthsError(makeLabel({}, "error"))
    , m_amount(makeLabel({}, "secondary"))
    , m_measure(makeButton(tr("Measure"), QStringLiteral("latencyMeasure"), ButtonKind::Primary))
{
    setAccessibleName(tr("What is measured"));
    makeFields();
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    int row = 0;
    grid->addWidget(buddyLabel(tr("Device"), m_device), row, 0);
    grid->addWidget(m_device, row++, 1);
    grid->addWidget(buddyLabel(tr("Runs"), m_runs), row, 0, Qt::AlignTop);
    grid->addWidget(m_runs, row++, 1);
    grid->addWidget(makeLabel(tr("Paths")), row, 0, Qt::AlignTop);
    grid->addWidget(m_paths, row++, 1);
    grid->addWidget(m_pathsError, row++, 1);
    m_batchLabel->setBuddy(m_batch);
    grid->addWidget(buddyLabel(tr("Beams"), m_beams), row, 0);
    grid->addLayout(makeRow({m_beams, m_batchLabel, m_batch}), row++, 1);
    grid->addWidget(m_beamsError, row++, 1);
    grid->addWidget(buddyLabel(tr("Warm-up"), m_warmUp), row, 0);
    grid->addLayout(makeRow({m_warmUp, buddyLabel(tr("Samples"), m_samples), m_samples}), row++, 1);
    grid->addWidget(buddyLabel(tr("Lengths"), m_lengths), row, 0);
    grid->addWidget(m_lengths, row++, 1);
    grid->addWidget(m_lengthsError, row++, 1);
    for (QLabel* error : {m_pathsError, m_beamsError, m_lengthsError})
        error->setWordWrap(true);
    grid->addWidget(m_pause, row++, 0, 1, 2);
    grid->addWidget(m_measure, row++, 0, 1, 2);
    m_amount->setObjectName(QStringLiteral("latencyAmount"));
    m_amount->setWordWrap(true);
    grid->addWidget(m_amount, row++, 0, 1, 2);
    grid->setRowStretch(row, 1);
    connectFields();
    setBatched(false);
}

void MeasurementForm::makeFields()
{
    fillDevices();
    setNames(m_runs, QStringLiteral("latencyRuns"), tr("Runs to measure"));
    setNames(m_batch, QStringLiteral("latencyBatch"), tr("Users of a request"));
    setNames(m_beams, QStringLiteral("latencyBeams"), tr("Widths of beams"));
    setNames(m_warmUp, QStringLiteral("latencyWarmUp"), tr("Warm-up requests"));
    setNames(m_samples, QStringLiteral("latencySamples"), tr("Measured requests"));
    setNames(m_lengths, QStringLiteral("latencyLengths"), tr("History lengths"));
    setNames(m_pause, QStringLiteral("latencyPause"), tr("Pause training while measuring"));
    m_pause->setChecked(true);
    m_batch->setRange(2, largestBatch);
    m_batch->setValue(usualBatch);
    m_batch->setSuffix(tr(" users"));
    m_batch->setToolTip(
        format::wrapped(tr("Users answered by one request. Of what is stored the nearest batch is shown.")));
    m_beams->setPlaceholderText(tr("%1 and the run's own").arg(usualWidths()));
    m_beams->setToolTip(
        format::wrapped(tr("Widths of beams, with commas; empty: the usual ones and the model's own.")));
    m_warmUp->setRange(0, 10000);
    m_warmUp->setValue(20);
    m_samples->setRange(20, 100000);
    m_samples->setValue(200);
}

// As many threads as the processor has are offered, and chosen what this program computes with.
void MeasurementForm::fillDevices()
{
    setNames(m_device, QStringLiteral("latencyDevice"), tr("Device"));
    m_device->setToolTip(
        format::wrapped(tr("Requests are served on the processor, with so many threads. Of what is stored, figures "
                           "measured with as many are shown where there are any.")));
    const int usual = kernels::threads();
    const int most = std::max(usual, static_cast<int>(std::thread::hardware_concurrency()));
    for (int threads = 1; threads <= most; ++threads)
        m_device->addItem(tr("CPU, %n thread(s)", nullptr, threads), threads);
    m_device->setCurrentIndex(usual - 1);
}

void MeasurementForm::connectFields()
{
    connect(m_runs, &QListWidget::itemChanged, this, [this] {
        refresh();
        emit checkedChanged();
    });
    const auto choose = [this] {
        refresh();
        emit choiceChanged();
    };
    connect(m_paths, &PathChoice::changed, this, choose);
    connect(m_device, &QComboBox::currentIndexChanged, this, choose);
    connect(m_batch, &QSpinBox::valueChanged, this, choose);
    connect(m_beams, &QLineEdit::textChanged, this, choose);
    for (QSpinBox* box : {m_warmUp, m_samples})
        connect(box, &QSpinBox::valueChanged, this, &MeasurementForm::refresh);
    connect(m_lengths, &QLineEdit::textChanged, this, &MeasurementForm::refresh);
    connect(m_measure, &QPushButton::clicked, this, &MeasurementForm::measureAsked);
}

void MeasurementForm::setEstimate(std::function<std::optional<LatencyEstimate>(const LatencyRequest&)> estimate)
{
    m_estimate = std::move(estimate);
}

void MeasurementForm::setBatched(bool batched)
{
    m_batched = batched;
    m_batchLabel->setVisible(batched);
    m_batch->setVisible(batched);
    refresh();
}

bool MeasurementForm::measuresBeams() const
{
    return m_paths->isChecked(ServingMode::Beam);
}

void MeasurementForm::setRuns(const std::vector<RunRecord>& runs, const QStringList& checked)
{
    m_runs->setRuns(runs, checked);
    refresh();
}

std::vector<RunRecord> MeasurementForm::checkedRuns() const
{
    return m_runs->checked();
}

std::optional<std::vector<std::int64_t>> MeasurementForm::lengths() const
{
    auto numbers = numbersOf(m_lengths->text(), longestHistory);
    return numbers && !numbers->empty() ? numbers : std::nullopt;
}

std::optional<std::vector<std::int64_t>> MeasurementForm::beams() const
{
    return measuresBeams() ? numbersOf(m_beams->text(), widestBeam) : std::vector<std::int64_t>();
}

int MeasurementForm::threads() const
{
    return m_device->currentData().toInt();
}

LatencyChoice MeasurementForm::choice() const
{
    return {m_batched ? m_batch->value() : 1, m_paths->checked(), beams().value_or(std::vector<std::int64_t>())};
}

std::optional<LatencyRequest> MeasurementForm::request() const
{
    if (!pathsProblem().isEmpty() || !beams() || !lengths())
        return std::nullopt;
    LatencyRequest request;
    request.modes = m_paths->checked();
    request.histories = *lengths();
    request.batches = {m_batched ? m_batch->value() : 1};
    request.beams = *beams();
    request.requests = m_samples->value();
    request.warmUp = m_warmUp->value();
    request.threads = threads();
    return request;
}

bool MeasurementForm::pausesTraining() const
{
    return m_pause->isChecked();
}

QString MeasurementForm::pathsProblem() const
{
    return m_paths->checked().empty() ? tr("Choose at least one path.") : QString();
}

QString MeasurementForm::beamsProblem() const
{
    return beams() ? QString()
                   : tr("Write up to %1 widths of beams from 1 to %2, with commas.")
                         .arg(mostNumbers)
                         .arg(format::count(widestBeam));
}

QString MeasurementForm::lengthsProblem() const
{
    return lengths()
        ? QString()
        : tr("Write 1 to %1 lengths from 1 to %2, with commas.").arg(mostNumbers).arg(format::count(longestHistory));
}

void MeasurementForm::refresh()
{
    m_beams->setEnabled(measuresBeams());
    const auto tell = [](QLabel* label, const QString& problem) {
        label->setText(problem);
        label->setVisible(!problem.isEmpty());
    };
    tell(m_pathsError, pathsProblem());
    tell(m_beamsError, beamsProblem());
    tell(m_lengthsError, lengthsProblem());
    const auto runs = static_cast<int>(checkedRuns().size());
    const auto now = request();
    m_measure->setEnabled(now && runs > 0);
    m_measure->setText(runs > 0 ? tr("Measure %n run(s)", nullptr, runs) : tr("Measure"));
    const auto estimate = now && runs > 0 && m_estimate ? m_estimate(*now) : std::nullopt;
    const QString amount = now && runs > 0 ? amountOf(*now) : QString();
    m_amount->setText(estimate ? tr("about %1 · up to %2 requests")
                                     .arg(format::duration(estimate->seconds), format::count(mostRequests(*now)))
                               : amount);
    m_amount->setToolTip(estimate ? format::wrapped(basisOf(*estimate, amount)) : QString());
}

qint64 MeasurementForm::mostRequests(const LatencyRequest& request) const
{
    return static_cast<qint64>(checkedRuns().size())
        * static_cast<qint64>(mostPaths(request) * request.histories.size()) * (request.requests + request.warmUp);
}

QString MeasurementForm::amountOf(const LatencyRequest& request) const
{
    const QString requests = format::count(mostRequests(request));
    const QString amount = m_batched ? tr("up to %1 requests of %2 users each").arg(requests).arg(m_batch->value())
                                     : tr("up to %1 requests of one user").arg(requests);
    return checkedRuns().size() > 1 ? tr("%1, runs in turn in random order").arg(amount) : amount;
}

} // namespace recoscope
