// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Settings: theme, text size, density, the workspace; what the engine runs on. Everything takes effect at once.
#pragma once

#include "widgets/views/view.h"

namespace recoscope {

class SettingsView : public View {
    Q_OBJECT

public:
    explicit SettingsView(WorkbenchContext& context, QWidget* parent = nullptr);
    SelectionFields usedFields() const override { return {}; }

private:
    QWidget* makeLook();
    QWidget* makeWorkspace();
    QWidget* makeEngine();
};

} // namespace recoscope
