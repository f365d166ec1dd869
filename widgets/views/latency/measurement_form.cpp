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
constexpr int mostLengths = 12;
constexpr int mostRunsShown = 4; // more are scrolled

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

// Of one run: every mode once, beams in each width and the model's own.
std::size_t mostPaths(const std::vector<ServingMode>& modes)
{
    return modes.size()
        + (std::find(modes.begin(), modes.end(), ServingMode::Beam) != modes.end() ? usualBeams.size() : 0);
}

} // namespace

MeasurementForm::MeasurementForm(QWidget* parent)
    : QWidget(parent)
    , m_list(new QListWidget)
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
    setNames(m_warmUp, QStringLiteral("latencyWarmUp"), tr("Warm-up requests"));
    setNames(m_samples, QStringLiteral("latencySamples"), tr("Measured requests"));
    setNames(m_lengths, QStringLiteral("latencyLengths"), tr("History lengths"));
    setNames(m_pause, QStringLiteral("latencyPause"), tr("Pause training while measuring"));
    auto* paths = new QGridLayout;
    addModes(*paths);
    m_pause->setChecked(true);
    m_warmUp->setRange(0, 10000);
    m_warmUp->setValue(20);
    m_samples->setRange(20, 100000);
    m_samples->setValue(200);
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setSpacing(2);
    m_list->setSelectionMode(QAbstractItemView::NoSelection);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff); // long names end in dots; tool tips have them whole

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
    auto* requests = new QHBoxLayout;
    requests->setSpacing(8);
    auto* samples = makeLabel(tr("Samples"));
    samples->setBuddy(m_samples);
    requests->addWidget(m_warmUp, 1);
    requests->addWidget(samples);
    requests->addWidget(m_samples, 1);
    auto* warmUp = makeLabel(tr("Warm-up"));
    warmUp->setBuddy(m_warmUp);
    grid->addWidget(warmUp, row, 0);
    grid->addLayout(requests, row++, 1);
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
    for (const QCheckBox* box : m_modes)
        connect(box, &QCheckBox::toggled, this, &MeasurementForm::refresh);
    for (QSpinBox* box : {m_warmUp, m_samples})
        connect(box, &QSpinBox::valueChanged, this, &MeasurementForm::refresh);
    connect(m_lengths, &QLineEdit::textChanged, this, &MeasurementForm::refresh);
    connect(m_measure, &QPushButton::clicked, this, &MeasurementForm::measureAsked);
    refresh();
}

void MeasurementForm::addModes(QGridLayout& paths)
{
    paths.setHorizontalSpacing(12);
    paths.setColumnStretch(2, 1);
    for (const ServingMode mode : allServingModes) {
        const ModeWords words = wordsOf(mode);
        auto* box = new QCheckBox(words.label);
        setNames(box, QStringLiteral("latency_") + QLatin1String(servingModeName(mode)), words.meaning);
        box->setChecked(true);
        box->setToolTip(box->accessibleName());
        const int place = static_cast<int>(m_modes.size());
        paths.addWidget(box, place / 2, place % 2); // two in a row: three do not fit a narrow window
        m_modes.push_back(box);
    }
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
    request.modes = checkedModes();
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
    const bool noPath = checkedModes().empty();
    m_error->setText(!wanted
            ? tr("Write 1 to %1 lengths from 1 to %2, with commas.").arg(mostLengths).arg(format::count(longestHistory))
            : noPath ? tr("Choose at least one path.")
                     : QString());
    m_error->setVisible(!m_error->text().isEmpty());
    const auto runs = static_cast<int>(checkedRuns().size());
    const auto now = request();
    m_measure->setEnabled(now && runs > 0);
    m_measure->setText(runs > 0 ? tr("Measure %n run(s)", nullptr, runs) : tr("Measure"));
    m_amount->setText(now && runs > 0 ? tr("up to %1 requests")
                                            .arg(format::count(static_cast<qint64>(runs)
                                                * static_cast<qint64>(mostPaths(now->modes) * now->histories.size())
                                                * (now->requests + now->warmUp)))
                                      : QString());
}

} // namespace recoscope
