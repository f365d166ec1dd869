// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a protocol makes of a dataset, in numbers small enough for the page: what is left, how the events fall into the
// parts, a few users as examples, and what popularity alone reaches. Made in a job from PreparedData. A value type.
#pragma once

#include <string>
#include <vector>

#include <QString>

#include "engine/data/prepared.h"
#include "engine/store/records.h"

namespace recoscope {

struct SplitExample {
    QString user; // raw id
    qint64 events = 0;
    qint64 train = 0, valid = 0, test = 0; // the rest is in no part
};

struct SplitSummary {
    QString protocol; // in words
    QString hash;
    int maxLength = 0;
    qint64 users = 0, items = 0, events = 0; // after the filter
    qint64 trainEvents = 0, unusedEvents = 0;
    qint64 validUsers = 0, testUsers = 0;
    double cutShare = 0.0; // of the users, whose history is longer than the protocol's window
    std::vector<SplitExample> examples; // evaluated users from short to long
    MetricSummary popularity; // of the test part
};

SplitSummary summariseSplit(const PreparedData& data, Progress& progress);

} // namespace recoscope
