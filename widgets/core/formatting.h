// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Numbers and times as text, by the rules of the window: locale grouping, U+2212 for minus, an em dash for missing.
// Pure functions; any thread.
#pragma once

#include <optional>

#include <QString>

namespace recoscope::format {

QString missing(); // "—"
QString count(qint64 value); // "1,000,072"
QString number(double value, int decimals); // "0.1724", "−3.5"
QString accuracy(std::optional<double> value); // 4 decimals, or missing
QString halfWidth(std::optional<double> value); // "±0.0060", or missing
QString signedNumber(double value, int decimals); // "+0.0026", "−0.0026"
QString share(double fraction, int decimals = 1); // 0.529 -> "52.9 %"
QString milliseconds(double value); // "6.1"
QString pValue(double p); // two digits, or "< 0.001"
QString bytes(qint64 value); // "18.4 MiB"
QString duration(double seconds); // "8.4 s", "12 min", "1 h 5 min"
QString gap(double seconds); // "+33 s", "+20 min", "+7 d", "+2 mo"
QString date(qint64 unixSeconds); // "2000-04-25"
QString dateTime(qint64 unixSeconds); // "2000-04-25 08:02"
QString ago(const QString& isoUtc); // "today 09:41", "yesterday", "18 Nov"
QString compact(double value); // axis ticks: "1k", "0.05", "2M"
// For files and fields: the shortest text, in the C locale, that reads back as the same number; empty when not finite.
QString exact(double value);
QString exact(float value);
// For tool tips of more than a few words: Qt breaks the lines of rich text only.
QString wrapped(const QString& text);
QString plural(qint64 n, const QString& one, const QString& many);

} // namespace recoscope::format
