// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/models/time_vectors.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "engine/nn/functional.h"
#include "engine/nn/transfers.h"

namespace recoscope {

using torch::Tensor;

namespace {

struct CalendarField {
    const char* name;
    std::int64_t values;
};
constexpr std::array<CalendarField, 6> calendar{
    {{"year", 130}, {"month", 12}, {"day", 31}, {"hour", 24}, {"minute", 60}, {"second", 60}}};

// Values of the fields at a time in seconds, UTC; of years those from 1970 to 2099.
std::array<std::int32_t, 6> calendarAt(std::int64_t time)
{
    using namespace std::chrono;
    constexpr std::int64_t latest = 4'102'444'799; // of 2099
    const sys_seconds at{seconds{std::clamp<std::int64_t>(time, 0, latest)}};
    const sys_days midnight = floor<days>(at);
    const year_month_day date(midnight);
    const auto clock = static_cast<std::int32_t>((at - midnight).count());
    return {static_cast<int>(date.year()) - 1970, static_cast<std::int32_t>(static_cast<unsigned>(date.month())) - 1,
        static_cast<std::int32_t>(static_cast<unsigned>(date.day())) - 1, clock / 3600, clock / 60 % 60, clock % 60};
}

} // namespace

TimeVectors::TimeVectors(Parameters& parameters, std::int64_t fieldWidth, std::int64_t width)
{
    for (const CalendarField& field : calendar)
        m_tables.push_back(parameters.truncatedNormal(std::string("time.") + field.name, {field.values, fieldWidth}));
    m_w1 = nn::Linear(parameters, "time.w1", width, 6 * fieldWidth);
    m_w2 = nn::Linear(parameters, "time.w2", width, width);
}

FlopCount TimeVectors::flops(double events) const
{
    FlopCount work;
    for (const nn::Linear& layer : {m_w1, m_w2})
        work.addProduct(
            "times", events, static_cast<double>(layer.weight.size(1)), static_cast<double>(layer.weight.size(0)));
    return work;
}

Tensor TimeVectors::operator()(const Tensor& times) const
{
    const std::int64_t events = times.size(0);
    const Tensor here = times.cpu(), values = torch::empty({6, events}, torch::kInt32);
    for (std::int64_t t = 0; t < events; ++t) {
        const auto fields = calendarAt(here.const_data_ptr<std::int64_t>()[t]);
        for (std::size_t f = 0; f < fields.size(); ++f)
            values.data_ptr<std::int32_t>()[static_cast<std::int64_t>(f) * events + t] = fields[f];
    }
    const Tensor ofFields = nn::sentTo(times.device(), values);
    std::vector<Tensor> parts;
    for (std::size_t f = 0; f < m_tables.size(); ++f)
        parts.push_back(nn::embedding(m_tables[f], ofFields[static_cast<std::int64_t>(f)]));
    const Tensor rows = m_w2(nn::geluDropout(m_w1(torch::cat(parts, 1)), {}));
    return rows * (times != 0).unsqueeze(1);
}

} // namespace recoscope
