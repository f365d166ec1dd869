// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/registry.h"

#include "widgets/views/view.h"

namespace recoscope {

std::vector<ViewDescriptor> viewRegistry()
{
    return {};
}

} // namespace recoscope
