// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_data.h"

#include <QCoreApplication>

#include <cmath>

#include "engine/core/error.h"
#include "widgets/core/formatting.h"

namespace recoscope {

namespace {

constexpr int resamples = 300;
constexpr std::uint64_t bootstrapSeed = 42;
constexpr int budgetCount = 49;
constexpr double beyond = 30.0; // times the dearest run
constexpr double largestPlain = 1e6;

QString translate(const char* text)
{
    return QCoreApplication::translate("ScalingData", text);
}

std::vector<double> budgetsOver(const SizeRange& compute)
{
    std::vector<double> budgets;
    const double low = std::log(compute.low), high = std::log(compute.high * beyond);
    for (int i = 0; i < budgetCount; ++i)
        budgets.push_back(std::exp(low + (high - low) * i / (budgetCount - 1)));
    return budgets;
}

LearningCurve curveOf(const SweepPoint& point, const Store& store)
{
    LearningCurve curve;
    const std::string& metric = point.request.protocol.selectBy;
    for (const EpochRecord& epoch : store.epochs(point.run->id)) {
        if (!epoch.valid || !epoch.valid->values.contains(metric))
            continue;
        curve.compute.push_back(point.flops(epoch.epoch));
        curve.value.push_back(epoch.valid->values.at(metric));
    }
    return curve;
}

} // namespace

ExportHeader ScalingData::header(const QString& title) const
{
    const RunRecord& largest = *sweep().points.back().run;
    return {title, QString::fromStdString(largest.protocolHash), QString::number(largest.seed)};
}

std::shared_ptr<const ScalingData> loadScaling(Workspace& workspace, const std::string& sweep, Progress& progress)
{
    auto data = std::make_shared<ScalingData>();
    data->runs = sweepOfRuns(workspace, sweep, progress);
    for (const SweepPoint& point : data->sweep().points)
        data->curves.push_back(curveOf(point, workspace.store()));
    data->model = QString::fromStdString(findModel(data->sweep().points.front().request.model).title);
    data->metric = QString::fromStdString(sweepMetric(data->sweep())).toUpper();
    return data;
}

std::shared_ptr<const ScalingStudy> fitScaling(
    const ScalingData& data, std::optional<ScalingForm> form, SplitPart part, Progress& progress)
{
    auto study = std::make_shared<ScalingStudy>();
    study->part = part;
    const std::vector<ScalingForm> forms
        = form ? std::vector{*form} : std::vector{ScalingForm::Joint, ScalingForm::Power, ScalingForm::Compute};
    for (std::size_t i = 0; i < forms.size(); ++i) {
        try {
            study->fitted = fitSweep(data.sweep(), forms[i], part, {resamples, bootstrapSeed}, progress);
            break;
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Cancelled || i + 1 == forms.size())
                throw;
        }
    }
    study->budgets = budgetsOver(study->fitted.compute);
    study->front = frontOf(study->fitted, study->budgets);
    return study;
}

QString formName(ScalingForm form)
{
    switch (form) {
    case ScalingForm::Joint: return translate("Size and data");
    case ScalingForm::Power: return translate("Power of compute");
    case ScalingForm::Compute: return translate("Compute curve");
    }
    return {};
}

QString powerText(double value)
{
    if (!(value >= largestPlain))
        return format::count(std::llround(value));
    const int power = static_cast<int>(std::floor(std::log10(value)));
    static const QString digits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
    QString raised;
    for (const QChar digit : QString::number(power))
        raised += digits[digit.digitValue()];
    const double leading = value / std::pow(10.0, power);
    return std::abs(leading - 1.0) < 0.005 ? QStringLiteral("10%1").arg(raised)
                                           : QStringLiteral("%1 × 10%2").arg(format::number(leading, 1), raised);
}

} // namespace recoscope
