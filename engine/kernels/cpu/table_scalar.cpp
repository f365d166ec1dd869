// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/kernels/cpu/isa_portable.h"
#include "engine/kernels/cpu/table_body.h"

namespace recoscope::kernels {

const KernelTable& scalarTable()
{
    return cpu::kernelsOf<cpu::Portable<4>>;
}

} // namespace recoscope::kernels
