// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// Optional parts of the program: shared libraries that are loaded when they are first needed and stay until the process
// ends. Each has one function that returns its table. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "engine/core/error.h"

namespace recoscope {

// Where the library `name` may lie, in this order: what the environment variable says, or else beside the program and
// in lib folders one and two levels up.
std::vector<std::string> pluginPlaces(const std::string& name, const char* variable);

enum class PluginSymbols {
    Usual, // what the program has already loaded comes first
    Own, // the library's own come first
};

// The function of that name, null when there is none. Error{Resource} when the file cannot be loaded.
void* pluginFunction(const std::string& file, const char* function, PluginSymbols symbols = PluginSymbols::Usual);

// Error{Resource} to throw for a library whose table is not the one that the program was built with.
Error pluginOfAnotherVersion(const std::string& file);

// Loads the library `name` from the folder of the loaded library that `symbol` is in, for everybody who looks for its
// functions; false when it is not there or cannot be loaded.
bool loadBeside(const std::string& name, const void* symbol);

bool systemHasLibrary(const char* name); // such as "libcuda.so.1"; it stays loaded

} // namespace recoscope
