// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/scaling/scaling_data.h"

#include <algorithm>
#include <cmath>

#include "engine/core/error.h"
#include "widgets/core/formatting.h"
#include "widgets/frame/run_words.h"
#include "widgets/views/scaling/scaling_parts.h"

namespace recoscope {

namespace {

constexpr int resamples = 300;
constexpr std::uint64_t bootstrapSeed = 42;
constexpr int budgetCount = 49;
constexpr double beyond = 30.0; // times the largest run
constexpr double largestPlain = 1e6;

std::vector<double> budgetsOver(const SizeRange& compute)
{
    std::vector<double> budgets;
    const double low = std::log(compute.low), high = std::log(compute.high * beyond);
    for (int i = 0; i < budgetCount; ++i)
        budgets.push_back(std::exp(low + (high - low) * i / (budgetCount - 1)));
    return budgets;
}

LearningCurve learningCurveOf(const SweepPoint& point, const Store& store)
{
    LearningCurve curve;
    const std::string& metric = point.request.protocol.selectBy;
    for (const EpochRecord& epoch : store.epochs(point.run->id)) {
        if (!epoch.valid || !epoch.valid->values.contains(metric))
            continue;
        curve.epochs.push_back(epoch.epoch);
        curve.values.push_back(epoch.valid->values.at(metric));
    }
    return curve;
}

} // namespace

int ScalingData::done() const
{
    return static_cast<int>(std::count_if(
        sweep().points.begin(), sweep().points.end(), [](const SweepPoint& point) { return point.isDone(); }));
}

bool ScalingData::hasPaperUnit() const
{
    return sweep().points.front().work.paperCompute > 0.0;
}

ExportHeader ScalingData::header(const QString& title) const
{
    return {title, protocol, QString::number(sweep().points.back().request.seed)};
}

namespace {

std::shared_ptr<const ScalingData> loadOne(Workspace& workspace, const std::string& dataset, const std::string& sweep,
    const ScalingRead& known, Progress& progress)
{
    const auto before
        = std::find_if(known.begin(), known.end(), [&](const auto& data) { return data->sweep().name == sweep; });
    auto data = std::make_shared<ScalingData>();
    data->runs
        = sweepOfRuns(workspace, dataset, sweep, progress, before == known.end() ? nullptr : &(*before)->sweep());
    for (const SweepPoint& point : data->sweep().points)
        data->curves.push_back(learningCurveOf(point, workspace.store()));
    data->model = modelTitle(data->sweep().points.front().request.model);
    data->metric = QString::fromStdString(sweepMetric(data->sweep())).toUpper();
    const Protocol protocol = sweepProtocol(data->sweep());
    data->protocol = QString::fromStdString(protocol.hash());
    data->protocolWords = QString::fromStdString(protocol.summary());
    return data;
}

} // namespace

ScalingRead loadScaling(Workspace& workspace, const std::string& dataset, const std::vector<std::string>& sweeps,
    const ScalingRead& known, Progress& progress)
{
    ScalingRead read;
    for (const std::string& sweep : sweeps)
        read.push_back(loadOne(workspace, dataset, sweep, known, progress));
    return read;
}

bool standTogether(const ScalingData& a, const ScalingData& b)
{
    return a.metric == b.metric && a.protocol == b.protocol
        && a.sweep().points.front().run->datasetHash == b.sweep().points.front().run->datasetHash;
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

std::vector<ScalingFamily> fitFamilies(
    std::vector<ScalingFamily> families, std::optional<ScalingForm> form, SplitPart part, Progress& progress)
{
    for (ScalingFamily& family : families) {
        try {
            family.study = fitScaling(*family.data, form, part, progress);
            family.problem.clear();
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Cancelled)
                throw;
            family.study.reset();
            family.problem = QStringLiteral("%1: %2.").arg(
                QString::fromStdString(error.message()), QString::fromStdString(error.hint()));
        }
    }
    return families;
}

std::optional<FrontPoint> atBudget(const ScalingFamily& family, double budget)
{
    const ScalingStudy* study = family.study.get();
    if (!study || budget < study->budgets.front() || budget > study->budgets.back())
        return std::nullopt;
    try {
        return frontOf(study->fitted, std::vector<double>{budget}).front();
    } catch (const Error&) {
        return std::nullopt; // no best split there
    }
}

QString formName(ScalingForm form)
{
    switch (form) {
    case ScalingForm::Joint: return ScalingText::tr("Size and data");
    case ScalingForm::Power: return ScalingText::tr("Power of compute");
    case ScalingForm::Compute: return ScalingText::tr("Compute curve");
    }
    return {};
}

QString powerText(double value)
{
    if (!(value >= largestPlain))
        return format::count(std::llround(value));
    int power = static_cast<int>(std::floor(std::log10(value)));
    double tenths = std::round(value / std::pow(10.0, power - 1)); // of the leading digit
    if (tenths >= 100.0) {
        ++power;
        tenths = 10.0;
    }
    static const QString digits = QStringLiteral("⁰¹²³⁴⁵⁶⁷⁸⁹");
    QString raised;
    for (const QChar digit : QString::number(power))
        raised += digits[digit.digitValue()];
    const int decimals = std::fmod(tenths, 10.0) == 0.0 ? 0 : 1;
    return tenths == 10.0 ? QStringLiteral("10%1").arg(raised)
                          : QStringLiteral("%1 × 10%2").arg(format::number(tenths / 10.0, decimals), raised);
}

} // namespace recoscope
