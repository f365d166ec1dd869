// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// How often a whole HSTU layer starts a kernel on a GPU, which is what it is for.
#include "engine/kernels/cuda/hstu_layer_backward.h"
#include "tests/engine/kernels/hstu_layer_case.h"

namespace recoscope::kernels {
namespace {

// Runs nothing.
class CountingLauncher : public cuda::Workspace {
public:
    using Workspace::Workspace;

    template <class Kernel> void launch(const Kernel&, std::int64_t blocks, std::int64_t) { m_launches += blocks > 0; }
    int launches() const { return m_launches; }

private:
    int m_launches = 0;
};

template <class Operation> int launchesOf(const Layer& layer, const Operation& operation)
{
    LayerResults r;
    LayerGradients g;
    std::int64_t needed = 0;
    DeviceCall call;
    call.offsets = layer.offsets.data();
    call.workspaceNeeded = &needed; // no memory is made
    CountingLauncher launcher(call);
    operation(launcher, layer.arguments(r, g));
    return launcher.launches();
}

TEST(HstuLayerLaunches, OneForwardAndTwoBackward)
{
    const Layer layer(1, 64, 2, 32, 32, std::vector<std::int64_t>(200, 30));
    EXPECT_EQ(launchesOf(layer, [](auto& launcher, const auto& b) { cuda::hstuLayerForward(launcher, b.forward); }), 1);
    EXPECT_EQ(launchesOf(layer, [](auto& launcher, const auto& b) { cuda::hstuLayerBackward(launcher, b); }), 2);
    const auto operations = [](auto& launcher, const HstuLayerBackward& b) {
        cuda::gatedOutputBackward(launcher, outputBackwardOf(b));
        cuda::hstuAttentionBackward(launcher, attentionBackwardOf(b));
        cuda::siluProjectionBackward(launcher, projectionBackwardOf(b));
    };
    EXPECT_GE(launchesOf(layer, operations), 15);
}

} // namespace
} // namespace recoscope::kernels
