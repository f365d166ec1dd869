// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Argument checks of the doorway: each throws Error{Usage} that names the operation and the argument.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

namespace recoscope::kernels {

class Checks {
public:
    explicit Checks(const char* operation)
        : m_operation(operation)
    {
    }

    void require(bool condition, const char* argument, const char* problem) const;
    void size(std::int64_t value, const char* argument) const; // >= 0
    void positive(std::int64_t value, const char* argument) const; // >= 1
    void pointer(const void* value, const char* argument) const; // not null
    struct Pointer {
        const void* value;
        const char* argument;
    };
    void pointers(std::initializer_list<Pointer> values) const; // none null
    void probability(float value, const char* argument) const; // in [0, 1)
    // Empty, or starting at 0 and never decreasing.
    void offsets(std::span<const std::int64_t> values, const char* argument) const;
    struct Array {
        const void* begin;
        std::int64_t count;
        const char* argument;
        std::int64_t bytes = sizeof(float); // of a number
    };
    // The output shares no number with any of the others; null arrays share nothing.
    void apart(const Array& output, std::initializer_list<Array> others) const;
    // The same, but an output may also be exactly one of the others (in place).
    void apartOrSame(const Array& output, std::initializer_list<Array> others) const;
    // Every value in [0, limit).
    void indices(const std::int32_t* values, std::int64_t count, std::int64_t limit, const char* argument) const;

private:
    [[noreturn]] void refuse(const char* argument, const char* problem) const;

    const char* m_operation;
};

} // namespace recoscope::kernels
