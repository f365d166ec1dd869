// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// One function per file format; registry.cpp lists them.
#pragma once

#include "engine/data/importers/importer.h"

namespace recoscope {

const Importer& movielensImporter(); // movielens.cpp
const Importer& delimitedImporter(); // delimited.cpp
const Importer& amazonImporter(); // amazon.cpp
const Importer& recboleImporter(); // recbole.cpp
const Importer& sasrecImporter(); // sasrec.cpp
const Importer& s3recImporter(); // s3rec.cpp
const Importer& userListsImporter(); // user_lists.cpp
const Importer& yambdaImporter(); // yambda.cpp

} // namespace recoscope
