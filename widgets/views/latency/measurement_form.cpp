// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/latency/measurement_form.h"

#include <QCheckBox>
#include <QGridLayout>
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
constexpr int mostLengths = 12;
constexpr int mostRunsShown = 8; // more are scrolled

} // namespace

MeasurementForm::MeasurementForm(QWidget* parent)
    : QWidget(parent)
    , m_list(new QListWidget)
    , m_full(new QCheckBox(tr("Full")))
    , m_incremental(new QCheckBox(tr("Incremental")))
    , m_compressed(new QCheckBox(tr("Compressed")))
    , m_warmUp(new QSpinBox)
    , m_samples(new QSpinBox)
    , m_lengths(new QLineEdit(QStringLiteral("16, 32, 64, 128")))
    , m_pause(new QCheckBox(tr("Pause training while measuring")))
    , m_error(makeLabel({}, "error"))
    , m_amount(makeLabel({}, "secondary"))
    , m_measure(makeButton(tr("Measure"), QStringLiteral("latencyMeasure"), ButtonKind::Primary))
{
    setAccessibleName(tr("What is measured"));
    setNames(m_list, QStringLiteral("latencyRuns"), tr("Runs to measure"));
    setNames(m_full, QStringLiteral("latencyFull"), tr("Full recompute"));
    setNames(m_incremental, QStringLiteral("latencyIncremental"), tr("Incremental, cached"));
    setNames(m_compressed, QStringLiteral("latencyCompressed"), tr("Compressed history, cached"));
    setNames(m_warmUp, QStringLiteral("latencyWarmUp"), tr("Warm-up requests"));
    setNames(m_samples, QStringLiteral("latencySamples"), tr("Measured requests"));
    setNames(m_lengths, QStringLiteral("latencyLengths"), tr("History lengths"));
    setNames(m_pause, QStringLiteral("latencyPause"), tr("Pause training while measuring"));
    auto* paths = new QGridLayout; // two in a row: three do not fit a narrow window
    paths->setHorizontalSpacing(12);
    paths->setColumnStretch(2, 1);
    int place = 0;
    for (QCheckBox* path : {m_full, m_incremental, m_compressed}) {
        path->setChecked(true);
        path->setToolTip(path->accessibleName());
        paths->addWidget(path, place / 2, place % 2);
        ++place;
    }
    m_pause->setChecked(true);
    m_warmUp->setRange(0, 10000);
    m_warmUp->setValue(20);
    m_warmUp->setSuffix(tr(" requests"));
    m_samples->setRange(20, 100000);
    m_samples->setValue(200);
    m_samples->setSuffix(tr(" requests"));
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setSpacing(2);
    m_list->setSelectionMode(QAbstractItemView::NoSelection);

    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(7);
    grid->setColumnStretch(1, 1);
    int row = 0;
    const auto add = [&](const QString& caption, QWidget* field) {
        auto* label = makeLabel(caption);
        label->setBuddy(field);
        grid->addWidget(label, row, 0, Qt::AlignTop);
        grid->addWidget(field, row++, 1);
    };
    add(tr("Runs"), m_list);
    grid->addWidget(makeLabel(tr("Paths")), row, 0, Qt::AlignTop);
    grid->addLayout(paths, row++, 1);
    add(tr("Warm-up"), m_warmUp);
    add(tr("Samples"), m_samples);
    add(tr("Lengths"), m_lengths);
    m_error->setWordWrap(true);
    grid->addWidget(m_error, row++, 1);
    grid->addWidget(m_pause, row++, 0, 1, 2);
    grid->addWidget(m_measure, row++, 0, 1, 2);
    m_amount->setWordWrap(true);
    grid->addWidget(m_amount, row++, 0, 1, 2);
    grid->setRowStretch(row, 1);

    connect(m_list, &QListWidget::itemChanged, this, [this] {
        refresh();
        emit checkedChanged();
    });
    for (QCheckBox* box : {m_full, m_incremental, m_compressed})
        connect(box, &QCheckBox::toggled, this, &MeasurementForm::refresh);
    for (QSpinBox* box : {m_warmUp, m_samples})
        connect(box, &QSpinBox::valueChanged, this, &MeasurementForm::refresh);
    connect(m_lengths, &QLineEdit::textChanged, this, &MeasurementForm::refresh);
    connect(m_measure, &QPushButton::clicked, this, &MeasurementForm::measureAsked);
    refresh();
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
    m_runs = runs;
    const QSignalBlocker quiet(m_list);
    m_list->clear();
    for (const RunRecord& run : runs) {
        const QString id = QString::fromStdString(run.id);
        auto* item = new QListWidgetItem(QString::fromStdString(run.name), m_list);
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
    std::vector<std::int64_t> result;
    for (const QString& part : m_lengths->text().split(u',', Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const qlonglong length = part.trimmed().toLongLong(&isNumber);
        if (!isNumber || length < 1 || length > longestHistory)
            return std::nullopt;
        result.push_back(length);
    }
    if (result.empty() || result.size() > mostLengths)
        return std::nullopt;
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

std::optional<LatencyRequest> MeasurementForm::request() const
{
    const auto wanted = lengths();
    LatencyRequest request;
    request.modes.clear();
    if (m_full->isChecked())
        request.modes.push_back(ServingMode::Full);
    if (m_incremental->isChecked())
        request.modes.push_back(ServingMode::Incremental);
    if (m_compressed->isChecked())
        request.modes.push_back(ServingMode::Compressed);
    if (!wanted || request.modes.empty())
        return std::nullopt;
    request.histories = *wanted;
    request.requests = m_samples->value();
    request.warmUp = m_warmUp->value();
    return request;
}

bool MeasurementForm::pausesTraining() const
{
    return m_pause->isChecked();
}

void MeasurementForm::refresh()
{
    const auto wanted = lengths();
    const bool noPath = !m_full->isChecked() && !m_incremental->isChecked() && !m_compressed->isChecked();
    m_error->setText(!wanted
            ? tr("Write 1 to %1 lengths from 1 to %2, with commas.").arg(mostLengths).arg(format::count(longestHistory))
            : noPath ? tr("Choose at least one path.")
                     : QString());
    m_error->setVisible(!m_error->text().isEmpty());
    const auto runs = static_cast<int>(checkedRuns().size());
    const auto now = request();
    m_measure->setEnabled(now && runs > 0);
    m_measure->setText(runs > 0 ? tr("Measure %n run(s)", nullptr, runs) : tr("Measure"));
    m_amount->setText(now && runs > 0
            ? tr("up to %1 requests")
                  .arg(format::count(static_cast<qint64>(runs)
                      * static_cast<qint64>(now->modes.size() * now->histories.size()) * (now->requests + now->warmUp)))
            : QString());
}

} // namespace recoscope
