// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/measurement_form.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

namespace {

constexpr std::int64_t longestHistory = 100000;
constexpr std::int64_t widestBeam = 1000;
constexpr std::size_t mostNumbers = 12; // lengths or widths
constexpr int usualBatch = 32;
constexpr int largestBatch = 4096;
constexpr int mostRunsShown = 3; // more are scrolled

struct ModeWords {
    QString label, meaning;
};

ModeWords wordsOf(ServingMode mode)
{
    switch (mode) {
    case ServingMode::Incremental:
        return {MeasurementForm::tr("Incremental"), MeasurementForm::tr("Incremental, cached")};
    case ServingMode::Compressed:
        return {MeasurementForm::tr("Compressed"), MeasurementForm::tr("Compressed history, cached")};
    case ServingMode::ItemHead:
        return {MeasurementForm::tr("Item head"), MeasurementForm::tr("Items read once, all scored in one step")};
    case ServingMode::ItemHeadReread:
        return {MeasurementForm::tr("Reread"), MeasurementForm::tr("Items of the history read again for each user")};
    case ServingMode::Beam:
        return {MeasurementForm::tr("Beam"), MeasurementForm::tr("Lists spelled by beams of several widths")};
    case ServingMode::Full: break;
    }
    return {MeasurementForm::tr("Full"), MeasurementForm::tr("Full recompute")};
}

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
    , m_list(new QListWidget)
    , m_batchLabel(makeLabel(tr("Batch")))
    , m_batch(new QSpinBox)
    , m_beams(new QLineEdit)
    , m_warmUp(new QSpinBox)
    , m_samples(new QSpinBox)
    , m_lengths(new QLineEdit(QStringLiteral("16, 32, 64, 128")))
    , m_pause(new QCheckBox(tr("Pause training while measuring")))
    , m_error(makeLabel({}, "error"))
    , m_amount(makeLabel({}, "secondary"))
    , m_measure(makeButton(tr("Measure"), QStringLiteral("latencyMeasure"), ButtonKind::Primary))
{
    setAccessibleName(tr("What is measured"));
    makeFields();
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(7);
    grid->setColumnStretch(1, 1);
    int row = 0;
    grid->addWidget(buddyLabel(tr("Runs"), m_list), row, 0, Qt::AlignTop);
    grid->addWidget(m_list, row++, 1);
    grid->addWidget(makeLabel(tr("Paths")), row, 0, Qt::AlignTop);
    grid->addWidget(makePaths(), row++, 1);
    m_batchLabel->setBuddy(m_batch);
    grid->addWidget(buddyLabel(tr("Beams"), m_beams), row, 0);
    grid->addLayout(makeRow({m_beams, m_batchLabel, m_batch}), row++, 1);
    grid->addWidget(buddyLabel(tr("Warm-up"), m_warmUp), row, 0);
    grid->addLayout(makeRow({m_warmUp, buddyLabel(tr("Samples"), m_samples), m_samples}), row++, 1);
    grid->addWidget(buddyLabel(tr("Lengths"), m_lengths), row, 0);
    grid->addWidget(m_lengths, row++, 1);
    m_error->setWordWrap(true);
    grid->addWidget(m_error, row++, 1);
    grid->addWidget(m_pause, row++, 0, 1, 2);
    grid->addWidget(m_measure, row++, 0, 1, 2);
    m_amount->setWordWrap(true);
    grid->addWidget(m_amount, row++, 0, 1, 2);
    grid->setRowStretch(row, 1);
    connectFields();
    setBatched(false);
}

void MeasurementForm::makeFields()
{
    setNames(m_list, QStringLiteral("latencyRuns"), tr("Runs to measure"));
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
    m_beams->setPlaceholderText(tr("%1, own").arg(usualWidths()));
    m_beams->setToolTip(
        format::wrapped(tr("Widths of beams, with commas; empty: the usual ones and the model's own.")));
    m_warmUp->setRange(0, 10000);
    m_warmUp->setValue(20);
    m_samples->setRange(20, 100000);
    m_samples->setValue(200);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setSpacing(2);
    m_list->setSelectionMode(QAbstractItemView::NoSelection);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // long names end in dots; tool tips have them whole
}

void MeasurementForm::connectFields()
{
    connect(m_list, &QListWidget::itemChanged, this, [this] {
        refresh();
        emit checkedChanged();
    });
    const auto choose = [this] {
        refresh();
        emit choiceChanged();
    };
    for (const QCheckBox* box : m_modes)
        connect(box, &QCheckBox::toggled, this, choose);
    connect(m_batch, &QSpinBox::valueChanged, this, choose);
    connect(m_beams, &QLineEdit::textChanged, this, choose);
    for (QSpinBox* box : {m_warmUp, m_samples})
        connect(box, &QSpinBox::valueChanged, this, &MeasurementForm::refresh);
    connect(m_lengths, &QLineEdit::textChanged, this, &MeasurementForm::refresh);
    connect(m_measure, &QPushButton::clicked, this, &MeasurementForm::measureAsked);
}

QWidget* MeasurementForm::makePaths()
{
    auto* widget = new QWidget;
    auto* paths = new QGridLayout(widget);
    paths->setContentsMargins(0, 0, 0, 0);
    paths->setHorizontalSpacing(12);
    paths->setVerticalSpacing(0);
    paths->setColumnStretch(2, 1);
    for (const ServingMode mode : allServingModes) {
        const ModeWords words = wordsOf(mode);
        auto* box = new QCheckBox(words.label);
        setNames(box, QStringLiteral("latency_") + QLatin1String(servingModeName(mode)), words.meaning);
        box->setChecked(true);
        box->setToolTip(box->accessibleName());
        const int place = static_cast<int>(m_modes.size());
        paths->addWidget(box, place / 2, place % 2); // two in a row: three do not fit a narrow window
        m_modes.push_back(box);
    }
    return widget;
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
    const auto at = std::find(allServingModes.begin(), allServingModes.end(), ServingMode::Beam);
    return m_modes[static_cast<std::size_t>(at - allServingModes.begin())]->isChecked();
}

std::vector<ServingMode> MeasurementForm::checkedModes() const
{
    std::vector<ServingMode> modes;
    for (std::size_t i = 0; i < m_modes.size(); ++i)
        if (m_modes[i]->isChecked())
            modes.push_back(allServingModes[i]);
    return modes;
}

void MeasurementForm::setRuns(const std::vector<RunRecord>& runs, const QStringList& checked)
{
    QStringList checks;
    QStringList known;
    for (int i = 0; i < m_list->count(); ++i) {
        const QString id = m_list->item(i)->data(Qt::UserRole).toString();
        known.push_back(id);
        if (m_list->item(i)->checkState() == Qt::Checked)
            checks.push_back(id);
    }
    // Those that will be measured stand first, in sight.
    m_runs = runs;
    std::stable_partition(m_runs.begin(), m_runs.end(),
        [&](const RunRecord& run) { return checked.contains(QString::fromStdString(run.id)); });
    const QSignalBlocker quiet(m_list);
    m_list->clear();
    for (const RunRecord& run : m_runs) {
        const QString id = QString::fromStdString(run.id);
        auto* item = new QListWidgetItem(QString::fromStdString(run.name), m_list);
        item->setToolTip(item->text());
        item->setData(Qt::UserRole, id);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable);
        const bool isChecked = checks.contains(id) || (!known.contains(id) && checked.contains(id));
        item->setCheckState(isChecked ? Qt::Checked : Qt::Unchecked);
    }
    const int shown = std::clamp(m_list->count(), 2, mostRunsShown);
    m_list->setFixedHeight(
        shown * (std::max(m_list->sizeHintForRow(0), m_list->fontMetrics().height()) + 2 * m_list->spacing())
        + 2 * m_list->spacing());
    refresh();
}

std::vector<RunRecord> MeasurementForm::checkedRuns() const
{
    std::vector<RunRecord> runs;
    for (int i = 0; i < m_list->count(); ++i) {
        if (m_list->item(i)->checkState() == Qt::Checked)
            runs.push_back(m_runs[static_cast<std::size_t>(i)]);
    }
    return runs;
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

LatencyChoice MeasurementForm::choice() const
{
    return {m_batched ? m_batch->value() : 1, checkedModes(), beams().value_or(std::vector<std::int64_t>())};
}

std::optional<LatencyRequest> MeasurementForm::request() const
{
    if (!problem().isEmpty())
        return std::nullopt;
    LatencyRequest request;
    request.modes = checkedModes();
    request.histories = *lengths();
    request.batches = {m_batched ? m_batch->value() : 1};
    request.beams = *beams();
    request.requests = m_samples->value();
    request.warmUp = m_warmUp->value();
    return request;
}

bool MeasurementForm::pausesTraining() const
{
    return m_pause->isChecked();
}

QString MeasurementForm::problem() const
{
    if (!lengths())
        return tr("Write 1 to %1 lengths from 1 to %2, with commas.")
            .arg(mostNumbers)
            .arg(format::count(longestHistory));
    if (!beams())
        return tr("Write up to %1 widths of beams from 1 to %2, with commas.")
            .arg(mostNumbers)
            .arg(format::count(widestBeam));
    return checkedModes().empty() ? tr("Choose at least one path.") : QString();
}

void MeasurementForm::refresh()
{
    m_beams->setEnabled(measuresBeams());
    m_error->setText(problem());
    m_error->setVisible(!m_error->text().isEmpty());
    const auto runs = static_cast<int>(checkedRuns().size());
    const auto now = request();
    m_measure->setEnabled(now && runs > 0);
    m_measure->setText(runs > 0 ? tr("Measure %n run(s)", nullptr, runs) : tr("Measure"));
    m_amount->clear();
    if (!now || runs == 0)
        return;
    const QString requests = format::count(static_cast<qint64>(runs)
        * static_cast<qint64>(mostPaths(*now) * now->histories.size()) * (now->requests + now->warmUp));
    const QString amount = m_batched ? tr("up to %1 requests of %2 users each").arg(requests).arg(m_batch->value())
                                     : tr("up to %1 requests of one user").arg(requests);
    m_amount->setText(runs > 1 ? tr("%1, runs in turn in random order").arg(amount) : amount);
}

} // namespace recoscope
