// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/fit_panel.h"

#include <QComboBox>
#include <QLabel>
#include <QLocale>
#include <QVBoxLayout>

#include <array>
#include <cmath>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/chip_label.h"
#include "widgets/frame/row_table.h"
#include "widgets/views/scaling/least_rows.h"

namespace recoscope {

namespace {

constexpr std::array forms{ScalingForm::Joint, ScalingForm::Power, ScalingForm::Compute};

constexpr int mostConstants = 5; // of the law of size and data: all are in sight
constexpr double largestPlainConstant = 1e3; // with three digits
constexpr double largestShort = 1e6;

QString withMinus(QString text)
{
    return text.replace(u'-', QChar(0x2212));
}

QString constantText(double value)
{
    if (std::isnan(value))
        return format::missing();
    const QString size = std::isinf(value) ? QStringLiteral("∞") : powerText(std::abs(value));
    if (std::abs(value) >= largestShort)
        return value < 0.0 ? QChar(0x2212) + size : size;
    if (std::abs(value) >= largestPlainConstant)
        return format::compact(value);
    return withMinus(QLocale().toString(value, 'g', 3));
}

QString rangeText(double low, double high)
{
    return QStringLiteral("%1 … %2").arg(constantText(low), constantText(high));
}

} // namespace

FitPanel::FitPanel(Theme& theme, QWidget* parent)
    : Panel(theme, tr("Fit"), QStringLiteral("scalingFit"), parent)
    , m_form(new QComboBox)
    , m_rows(new RowTableModel<Row>(
          {{{tr("Constant"), {}, false, 0}, [](const Row& row) { return row.name; }, {},
               [](const Row& row, int role) { return role == AsideRole && row.isWeak ? tr("weak") : QVariant(); }},
              {{tr("Value"), {}, true, 72}, [](const Row& row) { return constantText(row.value); },
                  [](const Row& row) { return QVariant(row.value); }},
              {{tr("95 % CI"), tr("Runs drawn again with replacement"), true, 146},
                  [](const Row& row) { return rangeText(row.drawn.low, row.drawn.high); },
                  [](const Row& row) { return QVariant(row.drawn.high - row.drawn.low); }}},
          this))
    , m_table(new RowTable(theme, m_rows, QStringLiteral("scalingFitTable"), tr("Constants of the fit")))
    , m_weak(new ChipLabel(theme))
    , m_words(makeLabel({}, "caption"))
{
    setNames(m_form, QStringLiteral("scalingForm"), tr("Form of the law"));
    m_form->addItem(tr("Automatic"));
    for (const ScalingForm form : forms)
        m_form->addItem(formName(form));
    m_form->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_form->setMinimumContentsLength(11);
    addControl(m_form);
    m_table->setStretchedColumn(0);
    keepLeastRows(*m_table, theme, mostConstants);
    setNames(m_words, QStringLiteral("scalingFitWords"), tr("What is known of the fit"));
    m_words->setWordWrap(true);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_table, 1);
    auto* below = new QVBoxLayout;
    below->setContentsMargins(12, 0, 12, 4);
    below->setSpacing(4);
    below->addWidget(m_weak);
    below->addWidget(m_words);
    column->addLayout(below);
    setBodyMargins(0, 0, 0, 4);
    setContent(body);
    setExportable(m_table);
    connect(m_form, &QComboBox::activated, this, &FitPanel::formChosen);
}

std::optional<ScalingForm> FitPanel::form() const
{
    const int chosen = m_form->currentIndex() - 1;
    return chosen < 0 ? std::nullopt : std::optional(forms[static_cast<std::size_t>(chosen)]);
}

void FitPanel::showFamily(const ScalingFamily& family, bool named)
{
    setSubtitle(named ? family.name : QString());
    if (family.study)
        showFit(*family.data, *family.study);
    else
        showProblem(family.problem);
}

void FitPanel::showFit(const ScalingData& data, const ScalingStudy& study)
{
    const ScalingFit& fit = study.fitted.fit;
    std::vector<Row> rows;
    for (std::size_t i = 0; i < fit.parameters.size(); ++i)
        rows.push_back({QString::fromStdString(fit.parameters[i].name), fit.parameters[i].value,
            study.fitted.bootstrap.parameters[i], fit.parameters[i].isWeak});
    m_rows->setRows(std::move(rows));
    m_table->setExportHeader(data.header(tr("Fit of %1").arg(data.metric)));
    const QString words
        = tr("%1 = %2 · %n run(s), R² %3", nullptr, fit.points)
              .arg(data.metric, withMinus(QString::fromStdString(scalingFormula(fit.law.form, fit.law.direction))),
                  format::number(fit.r2, 3));
    m_words->setText(words);
    QStringList warnings;
    for (const std::string& warning : fit.warnings)
        warnings << QString::fromStdString(warning);
    m_weak->setChip(
        StatusTone::Warn, warnings.isEmpty() ? QString() : tr("Weak constants: trust the curve within the runs"));
    m_weak->setToolTip(warnings.join(u'\n'));
    m_weak->setAccessibleDescription(m_weak->toolTip());
}

void FitPanel::showProblem(const QString& sentence)
{
    m_rows->setRows({});
    m_weak->setChip(StatusTone::Warn, {});
    m_words->setText(sentence);
}

} // namespace recoscope
