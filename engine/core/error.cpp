// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT

#include "engine/core/error.h"

#include <utility>

namespace recoscope {

const char* errorKindName(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Internal: return "internal";
    case ErrorKind::Usage: return "usage";
    case ErrorKind::Input: return "input";
    case ErrorKind::NotFound: return "not_found";
    case ErrorKind::Refused: return "refused";
    case ErrorKind::Resource: return "resource";
    case ErrorKind::Cancelled: return "cancelled";
    }
    return "internal";
}

int exitCode(ErrorKind kind)
{
    switch (kind) {
    case ErrorKind::Internal: return 1;
    case ErrorKind::Usage: return 2;
    case ErrorKind::Input: return 3;
    case ErrorKind::NotFound: return 4;
    case ErrorKind::Refused: return 5;
    case ErrorKind::Resource: return 6;
    case ErrorKind::Cancelled: return 130;
    }
    return 1;
}

Error::Error(ErrorKind kind, std::string message, std::string hint)
    : m_kind(kind)
    , m_message(std::move(message))
    , m_hint(std::move(hint))
{
}

} // namespace recoscope
