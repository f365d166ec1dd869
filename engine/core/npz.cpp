// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// .npz is a zip archive of .npy members. They are stored: numbers of a model hardly shrink.

#include "engine/core/npy.h"
#include "engine/core/zip_writer.h"

namespace recoscope {

void writeNpz(const Path& path, std::span<const NamedArray> arrays)
{
    ZipWriter zip(path);
    for (const NamedArray& array : arrays) {
        const std::string header = npyHeader(array.descr, array.shape);
        zip.add(array.name + ".npy", {std::as_bytes(std::span(header)), array.data}, ZipWriter::Packing::Stored);
    }
    zip.commit();
}

} // namespace recoscope
