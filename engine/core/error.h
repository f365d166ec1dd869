// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The one error type of the engine. Bad input, missing things and exhausted resources throw Error; a broken invariant
// (a bug) is an assert. LibTorch's and the system's exceptions are turned into Error at the engine's doorway, so a
// caller catches `const Error&` in one place. Values are immutable and may cross threads.
#pragma once

#include <exception>
#include <string>

namespace recoscope {

// Closed list; each kind has one exit code in the command line (docs/cli.md).
enum class ErrorKind {
    Internal, // 1: a bug, or an exception nobody expected
    Usage, // 2: wrong use of a command or an interface
    Input, // 3: bad input; the message names file and line
    NotFound, // 4: no such run, dataset, user, ...
    Refused, // 5: unlike protocols, would overwrite, newer version
    Resource, // 6: disk full, memory, no device, locked
    Cancelled, // 130: the user asked to stop
};

const char* errorKindName(ErrorKind kind);
int exitCode(ErrorKind kind);

class Error : public std::exception {
public:
    // `message` says what happened and where (file and line, or the run); `hint` says what to do next.
    Error(ErrorKind kind, std::string message, std::string hint);

    ErrorKind kind() const { return m_kind; }
    const std::string& message() const { return m_message; }
    const std::string& hint() const { return m_hint; }
    const char* what() const noexcept override { return m_message.c_str(); }

private:
    ErrorKind m_kind;
    std::string m_message;
    std::string m_hint;
};

} // namespace recoscope
