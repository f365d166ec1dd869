// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
//
// The disk under SQLite, made to fail: writes that find no space, or a process that dies in the middle of a write.
// Installed once for the process as SQLite's default file system; does nothing until armed. Not for parallel tests.
#pragma once

namespace recoscope::test {

void installFailingDisk(); // before the first database is opened
void setDiskFull(bool full);
// The n-th write from now (0 = the next) puts half of its bytes down and kills the process with SIGKILL.
void killAtWrite(int n);

} // namespace recoscope::test
