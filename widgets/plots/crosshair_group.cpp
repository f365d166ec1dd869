// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/crosshair_group.h"

namespace recoscope {

void CrosshairGroup::hover(std::optional<double> x)
{
    if (m_locked || x == m_position)
        return;
    m_position = x;
    emit moved();
}

void CrosshairGroup::lock(double x)
{
    m_position = x;
    m_locked = true;
    emit moved();
}

void CrosshairGroup::release()
{
    m_locked = false;
    m_position.reset();
    emit moved();
}

} // namespace recoscope
