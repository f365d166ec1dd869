// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include "engine/training/run_files.h"

namespace recoscope {

Path weightsFile(const Path& runFolder)
{
    return runFolder / weightsName;
}

Path refitWeightsFile(const Path& runFolder)
{
    return runFolder / refitWeightsName;
}

Path servedWeightsFile(const Path& runFolder)
{
    const Path again = refitWeightsFile(runFolder);
    return std::filesystem::exists(again) ? again : weightsFile(runFolder);
}

Path checkpointFile(const Path& runFolder)
{
    return runFolder / "checkpoint-last.safetensors";
}

} // namespace recoscope
