// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/plan_panel.h"

#include <QApplication>
#include <QClipboard>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "engine/workspace/sweep_plan.h"
#include "engine/workspace/train_command.h"
#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/chip_label.h"

namespace recoscope {

namespace {

constexpr int sliderSteps = 200;
constexpr double farBeyond = 10.0; // from there on a warning
constexpr double firstBudget = 3.0; // times the largest run
constexpr double roundingOfShares = 0.01;

// As one would type it: 3.2e13.
QString budgetText(double budget, int digits)
{
    return QString::number(budget, 'g', digits).remove(u'+');
}

} // namespace

PlanPanel::PlanPanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("Plan the next run"), QStringLiteral("scalingPlan"), parent)
    , m_budget(new QLineEdit)
    , m_slider(new QSlider(Qt::Horizontal))
    , m_error(makeLabel({}, "error"))
    , m_valueName(makeLabel(tr("Expected"), "secondary"))
    , m_chip(new ChipLabel(theme))
    , m_warning(makeLabel({}, "caption"))
    , m_queue(makeButton(tr("Queue this run"), QStringLiteral("scalingQueue"), ButtonKind::Primary))
    , m_copy(makeButton(tr("Copy command"), QStringLiteral("scalingCopy")))
{
    setEnlargeable(false);
    addControl(m_chip);
    setNames(m_budget, QStringLiteral("scalingBudget"), tr("Budget, operations"));
    setNames(m_error, QStringLiteral("scalingBudgetError"), tr("What is wrong with the budget"));
    setNames(m_warning, QStringLiteral("scalingPlanWarning"), tr("How far the plan lies from the runs"));
    setNames(m_slider, QStringLiteral("scalingSlider"), tr("Budget, logarithmic"));
    m_budget->setAlignment(Qt::AlignRight);
    m_slider->setRange(0, sliderSteps);
    setContent(makeBody());
    connect(m_budget, &QLineEdit::editingFinished, this, &PlanPanel::takeText);
    connect(m_slider, &QSlider::valueChanged, this, &PlanPanel::takeSlider);
    connect(m_queue, &QPushButton::clicked, this, [this] { emit queueRequested(m_run); });
    connect(m_copy, &QPushButton::clicked, this,
        [this] { QApplication::clipboard()->setText(QString::fromStdString(trainCommand(m_run))); });
    showPlan();
}

QWidget* PlanPanel::makeBody()
{
    auto* body = new QWidget;
    auto* grid = new QGridLayout(body);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(12);
    grid->setVerticalSpacing(2);
    grid->setColumnStretch(1, 1);
    QLabel* caption = makeLabel(tr("Operations"));
    caption->setBuddy(m_budget);
    grid->addWidget(caption, 0, 0);
    grid->addWidget(m_budget, 0, 1);
    grid->addWidget(m_slider, 1, 0, 1, 2);
    m_error->setWordWrap(true);
    m_error->hide();
    grid->addWidget(m_error, 2, 0, 1, 2);
    int row = 3;
    const auto add = [&](QLabel* name, const QString& objectName) {
        QLabel* value = makeLabel({}, "strong");
        setNames(value, objectName, name->text());
        value->setAlignment(Qt::AlignRight);
        value->setWordWrap(true);
        grid->addWidget(name, row, 0, Qt::AlignTop);
        grid->addWidget(value, row++, 1);
        return value;
    };
    m_size = add(makeLabel(tr("Size N"), "secondary"), QStringLiteral("scalingPlanSize"));
    m_data = add(makeLabel(tr("Data T"), "secondary"), QStringLiteral("scalingPlanData"));
    m_value = add(m_valueName, QStringLiteral("scalingPlanValue"));
    m_interval = add(makeLabel(tr("95 % interval"), "secondary"), QStringLiteral("scalingPlanInterval"));
    for (std::size_t i = 0; i < m_others.size(); ++i) {
        m_others[i].name = makeLabel(tr("Another family"), "secondary");
        m_others[i].value = add(m_others[i].name, QStringLiteral("scalingPlanOther%1").arg(i));
    }
    m_time = add(makeLabel(tr("Training"), "secondary"), QStringLiteral("scalingPlanTime"));
    m_settings = add(makeLabel(tr("Settings"), "secondary"), QStringLiteral("scalingPlanSettings"));
    m_warning->setWordWrap(true);
    grid->addWidget(m_warning, row++, 0, 1, 2);
    grid->setRowStretch(row++, 1);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(m_queue, 1);
    buttons->addWidget(m_copy);
    grid->addLayout(buttons, row, 0, 1, 2);
    return body;
}

void PlanPanel::showFamilies(const std::vector<ScalingFamily>& families)
{
    const ScalingFamily& chosen = families.front();
    const bool isOther = !m_shown || m_shown->sweep().name != chosen.data->sweep().name;
    m_shown = chosen.data;
    m_study = chosen.study;
    m_otherFamilies.assign(families.begin() + 1, families.end());
    if (m_study && (isOther || m_chosen <= 0.0))
        m_chosen = m_study->fitted.compute.high * firstBudget;
    m_planned.reset();
    if (m_study)
        setBudget(m_chosen);
    else
        showPlan();
}

std::optional<FrontPoint> PlanPanel::planned() const
{
    return m_planned;
}

void PlanPanel::setBudget(double budget)
{
    const double low = m_study->budgets.front(), high = m_study->budgets.back();
    m_chosen = std::clamp(budget, low, high);
    const QSignalBlocker quiet(m_slider);
    m_slider->setValue(qRound(sliderSteps * std::log(m_chosen / low) / std::log(high / low)));
    m_budget->setText(budgetText(m_chosen, 3));
    try {
        m_planned = frontOf(m_study->fitted, std::vector<double>{m_chosen}).front();
        m_run = plannedRun(m_shown->sweep(), m_planned->optimum.n, m_planned->optimum.t);
        m_error->hide();
    } catch (const Error& error) {
        m_planned.reset();
        m_error->setText(QString::fromStdString(error.message()));
        m_error->show();
    }
    showPlan();
    emit planChanged();
}

void PlanPanel::takeText()
{
    bool isNumber = false;
    const double budget = m_budget->text().trimmed().toDouble(&isNumber);
    if (!m_study || (isNumber && m_budget->text() == budgetText(m_chosen, 3)))
        return;
    const double low = m_study->budgets.front(), high = m_study->budgets.back();
    if (!isNumber || budget < low || budget > high) {
        m_error->setText(
            tr("Write a number from %1 to %2, such as 3e13.").arg(budgetText(low, 2), budgetText(high, 2)));
        m_error->show();
        return;
    }
    setBudget(budget);
}

void PlanPanel::takeSlider(int place)
{
    if (!m_study)
        return;
    const double low = m_study->budgets.front(), high = m_study->budgets.back();
    setBudget(low * std::pow(high / low, static_cast<double>(place) / sliderSteps));
}

// What differs among the runs of the sweep: "hidden=48 users=0.505".
QString PlanPanel::settingsText() const
{
    return QString::fromStdString(m_run.name.substr(m_shown->sweep().name.size())).trimmed();
}

QString PlanPanel::warningText() const
{
    const ComputeOptimum& plan = m_planned->optimum;
    const double times = plan.compute / m_study->fitted.compute.high;
    const double there = dataOfAllUsers(m_shown->sweep());
    const auto& points = m_shown->sweep().points;
    const auto smallest = std::min_element(points.begin(), points.end(),
        [](const SweepPoint& a, const SweepPoint& b) { return a.parameterCount < b.parameterCount; });
    const auto least = static_cast<double>(smallest->parameterCount);
    QStringList words;
    if (times > farBeyond)
        words
            << tr("%1 times the largest run: few sizes are weak evidence that far out.").arg(format::number(times, 0));
    else if (plan.n * (1.0 + roundingOfShares) < least)
        words << tr("The smallest size of the runs has %1 numbers.").arg(powerText(least));
    else if (m_planned->extrapolated)
        words << tr("Size or data lies outside of the runs.");
    if (plan.t > there * (1.0 + roundingOfShares))
        words << tr("The dataset has %1 an epoch: the run takes all users.").arg(powerText(there));
    return words.join(u' ');
}

void PlanPanel::showOthers()
{
    for (std::size_t i = 0; i < m_others.size(); ++i) {
        const auto [name, value] = m_others[i];
        const bool isThere = m_study && i < m_otherFamilies.size();
        name->setVisible(isThere);
        value->setVisible(isThere);
        if (!isThere)
            continue;
        const ScalingFamily& family = m_otherFamilies[i];
        const std::optional<FrontPoint> point = atBudget(family, m_chosen);
        name->setText(family.name);
        value->setAccessibleName(tr("%1 with the same budget").arg(family.name));
        value->setText(point ? tr("%1 (%2 … %3)")
                                   .arg(format::accuracy(point->optimum.value), format::accuracy(point->value.low),
                                       format::accuracy(point->value.high))
                             : format::missing());
        value->setToolTip(point ? tr("With the same operations: size N %1, data T %2")
                                      .arg(powerText(point->optimum.n), powerText(point->optimum.t))
                : family.study ? tr("The budget lies outside of what its runs tell")
                               : family.problem);
    }
}

void PlanPanel::showPlan()
{
    for (QWidget* control : std::initializer_list<QWidget*>{m_budget, m_slider})
        control->setEnabled(m_study != nullptr);
    for (QWidget* control : std::initializer_list<QWidget*>{m_queue, m_copy})
        control->setEnabled(m_planned.has_value());
    setSubtitle(!m_study ? tr("needs a fit") : m_otherFamilies.empty() ? QString() : m_shown->model);
    showOthers();
    m_warning->hide();
    m_warning->setText({});
    m_chip->setChip(StatusTone::Warn, {});
    if (!m_planned) {
        for (QLabel* label : {m_size, m_data, m_value, m_interval, m_time, m_settings})
            label->setText(format::missing());
        return;
    }
    const FrontPoint& plan = *m_planned;
    m_size->setText(powerText(plan.optimum.n));
    m_data->setText(tr("%1 an epoch").arg(powerText(plan.optimum.t)));
    m_valueName->setText(tr("Expected %1").arg(m_shown->metric));
    m_value->setText(format::accuracy(plan.optimum.value));
    m_value->setToolTip(tr("Under the protocol of the sweep, %1: %2").arg(m_shown->protocol, m_shown->protocolWords));
    m_interval->setText(
        QStringLiteral("%1 … %2").arg(format::accuracy(plan.value.low), format::accuracy(plan.value.high)));
    m_interval->setToolTip(tr("Of the fitted curve: runs drawn again with replacement"));
    const double pace = secondsPerOperation(m_shown->sweep());
    m_time->setText(pace > 0.0 ? tr("about %1").arg(format::duration(pace * plan.optimum.compute)) : format::missing());
    m_time->setToolTip(tr("At the pace of the runs, validation not counted"));
    m_settings->setText(settingsText());
    const QString warning = warningText();
    m_warning->setText(warning);
    m_warning->setVisible(!warning.isEmpty());
    m_chip->setChip(StatusTone::Warn, warning.isEmpty() ? QString() : tr("Extrapolated"));
}

} // namespace recoscope
