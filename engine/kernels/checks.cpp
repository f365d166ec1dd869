// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/checks.h"

#include "engine/core/error.h"

#include <functional>
#include <string>

namespace recoscope::kernels {

void Checks::refuse(const char* argument, const char* problem) const
{
    throw Error(ErrorKind::Usage, std::string(m_operation) + ": " + argument + " " + problem,
        "see engine/kernels/ops.h for what the operation expects");
}

void Checks::require(bool condition, const char* argument, const char* problem) const
{
    if (!condition)
        refuse(argument, problem);
}

void Checks::size(std::int64_t value, const char* argument) const
{
    require(value >= 0, argument, "is negative");
}

void Checks::positive(std::int64_t value, const char* argument) const
{
    require(value > 0, argument, "must be at least 1");
}

void Checks::pointer(const void* value, const char* argument) const
{
    require(value != nullptr, argument, "is null");
}

void Checks::pointers(std::initializer_list<Pointer> values) const
{
    for (const Pointer& p : values)
        pointer(p.value, p.argument);
}

void Checks::probability(float value, const char* argument) const
{
    require(value >= 0.0f && value < 1.0f, argument, "must be in [0, 1)");
}

void Checks::offsets(std::span<const std::int64_t> values, const char* argument) const
{
    if (values.empty())
        return;
    require(values.front() == 0, argument, "must start at 0");
    for (std::size_t i = 1; i < values.size(); ++i)
        require(values[i] >= values[i - 1], argument, "must never decrease");
}

namespace {

bool overlap(const Checks::Array& a, const Checks::Array& b)
{
    const std::less<const char*> before;
    const auto begin = [](const Checks::Array& x) { return static_cast<const char*>(x.begin); };
    const auto end = [&](const Checks::Array& x) { return begin(x) + x.count * x.bytes; };
    return a.begin && b.begin && a.count > 0 && b.count > 0 && before(begin(a), end(b)) && before(begin(b), end(a));
}

} // namespace

void Checks::apart(const Array& output, std::initializer_list<Array> others) const
{
    for (const Array& other : others)
        if (overlap(output, other))
            refuse(output.argument, (std::string("overlaps ") + other.argument).c_str());
}

void Checks::apartOrSame(const Array& output, std::initializer_list<Array> others) const
{
    for (const Array& other : others)
        if (output.begin != other.begin)
            apart(output, {other});
}

void Checks::indices(const std::int32_t* values, std::int64_t count, std::int64_t limit, const char* argument) const
{
    for (std::int64_t i = 0; i < count; ++i)
        require(values[i] >= 0 && values[i] < limit, argument, "holds an index outside the table");
}

} // namespace recoscope::kernels
