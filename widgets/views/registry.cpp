// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/registry.h"

#include <QCoreApplication>

#include "widgets/views/attention/attention_view.h"
#include "widgets/views/compare/compare_view.h"
#include "widgets/views/data/data_view.h"
#include "widgets/views/home/home_view.h"
#include "widgets/views/latency/latency_view.h"
#include "widgets/views/runs/runs_view.h"
#include "widgets/views/scaling/scaling_view.h"
#include "widgets/views/settings/settings_view.h"
#include "widgets/views/state/state_view.h"
#include "widgets/views/tokens/tokens_view.h"
#include "widgets/views/train/train_view.h"
#include "widgets/views/user/user_view.h"

namespace recoscope {

namespace {

template <class Page>
ViewDescriptor page(const char* id, const char* title, const char* icon, const char* shortcut, RailSection section)
{
    return {QString::fromLatin1(id), QCoreApplication::translate("Pages", title), QString::fromLatin1(icon),
        QString::fromLatin1(shortcut), section, [](WorkbenchContext& context) -> View* { return new Page(context); }};
}

} // namespace

std::vector<ViewDescriptor> viewRegistry()
{
    return {
        page<HomeView>("home", QT_TRANSLATE_NOOP("Pages", "Home"), "house", "Ctrl+1", RailSection::Main),
        page<DataView>("data", QT_TRANSLATE_NOOP("Pages", "Data"), "database", "Ctrl+2", RailSection::Main),
        page<TrainView>("train", QT_TRANSLATE_NOOP("Pages", "Train"), "activity", "Ctrl+3", RailSection::Main),
        page<RunsView>("runs", QT_TRANSLATE_NOOP("Pages", "Runs"), "table-2", "Ctrl+4", RailSection::Main),
        page<CompareView>("compare", QT_TRANSLATE_NOOP("Pages", "Compare"), "scale", "Ctrl+5", RailSection::Main),
        page<UserView>("user", QT_TRANSLATE_NOOP("Pages", "User"), "user-round", "Ctrl+6", RailSection::Main),
        page<AttentionPage>(
            "attention", QT_TRANSLATE_NOOP("Pages", "Attention"), "grid-3x3", "Ctrl+7", RailSection::Inspect),
        page<TokensView>("tokens", QT_TRANSLATE_NOOP("Pages", "Tokens"), "boxes", "Ctrl+8", RailSection::Inspect),
        page<StateView>("state", QT_TRANSLATE_NOOP("Pages", "State"), "orbit", "Ctrl+9", RailSection::Inspect),
        page<LatencyView>(
            "latency", QT_TRANSLATE_NOOP("Pages", "Latency"), "timer", "Ctrl+Shift+1", RailSection::Tools),
        page<ScalingView>(
            "scaling", QT_TRANSLATE_NOOP("Pages", "Scaling"), "trending-up", "Ctrl+Shift+2", RailSection::Tools),
        page<SettingsView>("settings", QT_TRANSLATE_NOOP("Pages", "Settings"), "settings", "Ctrl+,", RailSection::Foot),
    };
}

} // namespace recoscope
