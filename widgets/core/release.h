// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Large values that are freed by a pool thread whoever lets go of them last: ten thousand run records take longer to
// free than the GUI thread may stand still.
#pragma once

#include <memory>

#include <QThreadPool>

namespace recoscope {

template <class T> std::shared_ptr<const T> releasedElsewhere(T value)
{
    return std::shared_ptr<const T>(new T(std::move(value)),
        [](const T* large) { QThreadPool::globalInstance()->start([large] { delete large; }); });
}

} // namespace recoscope
