// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The visible list of pages, in rail order (registry.cpp). To add a page: a folder here and a line there.
#pragma once

#include <functional>
#include <vector>

#include <QString>

namespace recoscope {

class View;
struct WorkbenchContext;

enum class RailSection { Main, Inspect, Tools, Foot };

struct ViewDescriptor {
    QString id; // "home"
    QString title; // translated
    QString icon; // name in resources/icons.txt
    QString shortcut; // "Ctrl+1"
    RailSection section = RailSection::Main;
    std::function<View*(WorkbenchContext&)> make;
};

std::vector<ViewDescriptor> viewRegistry();

} // namespace recoscope
