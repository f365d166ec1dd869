// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// What stands behind the operations of DeviceApi: checks, then the kernels through a Launcher made from the call.
// Errors become a status and texts of the calling thread.
#pragma once

#include "engine/kernels/argument_checks.h"
#include "engine/kernels/cuda/launcher.h"

#include <exception>
#include <string>

namespace recoscope::kernels::cuda {

struct LastError {
    std::string message, hint;
};

inline LastError& lastError()
{
    thread_local LastError error;
    return error;
}

template <class Body> std::int32_t guarded(const Body& body)
{
    try {
        body();
        return 0;
    } catch (const Error& error) {
        lastError() = {error.message(), error.hint()};
        return static_cast<std::int32_t>(error.kind());
    } catch (const std::exception& error) {
        lastError() = {error.what(), "this is a bug in the CUDA library"};
        return static_cast<std::int32_t>(ErrorKind::Resource);
    }
}

template <class Launcher, class Arguments, class Check, class Operation>
std::int32_t entry(const Arguments* arguments, const DeviceCall* call, const Check& check, const Operation& operation)
{
    return guarded([&] {
        Launcher launcher(*call);
        if (check(*arguments))
            operation(launcher, *arguments);
        launcher.finish();
    });
}

// An entry of the table: its checks have the name of the operation or are chosen by the arguments.
#define RECOSCOPE_ENTRY_CHECKED(api, name, check)                                                                      \
    (api).name = [](auto* arguments, const DeviceCall* call) {                                                         \
        return entry<Launcher>(                                                                                        \
            arguments, call, [](const auto& a) { return check(a); },                                                   \
            [](Launcher& launcher, const auto& a) { cuda::name(launcher, a); });                                       \
    }
#define RECOSCOPE_ENTRY(api, name) RECOSCOPE_ENTRY_CHECKED(api, name, checkArguments)

} // namespace recoscope::kernels::cuda
