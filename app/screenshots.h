// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The pictures of every page, for the documentation and the headless tour: opens each page of the real window, waits
// until its jobs ended, and saves PAGE-light.png or PAGE-dark.png.
#pragma once

#include <QString>

namespace recoscope {

class Workbench;

// Returns an exit code; a page whose jobs do not end within a minute is an error.
int takeScreenshots(Workbench& workbench, const QString& folder, const QString& size);

} // namespace recoscope
