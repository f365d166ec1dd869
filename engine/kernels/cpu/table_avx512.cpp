// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#if defined(__x86_64__)
#include "engine/kernels/cpu/isa_avx512.h"
#include "engine/kernels/cpu/table_body.h"

namespace recoscope::kernels {

const KernelTable& avx512Table()
{
    return cpu::kernelsOf<cpu::Avx512>;
}

} // namespace recoscope::kernels
#endif
