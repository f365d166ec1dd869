// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/formatting.h"

#include <array>
#include <charconv>
#include <cmath>

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

namespace recoscope::format {

namespace {

constexpr QChar minusSign(0x2212);

QString withRealMinus(QString text)
{
    return text.replace(u'-', minusSign);
}

QString translated(const char* text, double value, int decimals)
{
    return QCoreApplication::translate("format", text).arg(number(value, decimals));
}

template <class Number> QString shortest(Number value)
{
    if (!std::isfinite(value))
        return {};
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return QString::fromLatin1(text.data(), end - text.data());
}

} // namespace

QString missing()
{
    return QString(QChar(0x2014));
}

QString count(qint64 value)
{
    return withRealMinus(QLocale().toString(value));
}

QString number(double value, int decimals)
{
    if (!std::isfinite(value))
        return missing();
    return withRealMinus(QLocale().toString(value, 'f', decimals));
}

QString accuracy(std::optional<double> value)
{
    return value ? number(*value, 4) : missing();
}

QString halfWidth(std::optional<double> value)
{
    return value ? QChar(0x00B1) + number(*value, 4) : missing();
}

QString signedNumber(double value, int decimals)
{
    return value > 0 ? u'+' + number(value, decimals) : number(value, decimals);
}

QString share(double fraction, int decimals)
{
    return std::isfinite(fraction) ? translated("%1 %", 100.0 * fraction, decimals) : missing();
}

QString milliseconds(double value)
{
    return number(value, 1);
}

QString pValue(double p)
{
    if (!std::isfinite(p))
        return missing();
    if (p < 0.001)
        return QCoreApplication::translate("format", "< 0.001");
    return number(p, p < 0.1 ? 3 : 2);
}

QString bytes(qint64 value)
{
    return QLocale().formattedDataSize(value, value < 1024 ? 0 : 1, QLocale::DataSizeIecFormat);
}

QString duration(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0)
        return missing();
    if (seconds < 9.95)
        return translated("%1 s", seconds, 1);
    if (seconds < 90)
        return translated("%1 s", std::round(seconds), 0);
    const auto minutes = static_cast<qint64>(std::llround(seconds / 60));
    if (minutes < 90)
        return QCoreApplication::translate("format", "%1 min").arg(count(minutes));
    return QCoreApplication::translate("format", "%1 h %2 min").arg(count(minutes / 60), count(minutes % 60));
}

QString gap(double seconds)
{
    struct Unit {
        double seconds;
        const char* text;
    };
    static constexpr std::array<Unit, 6> units{{{365.25 * 86400, "+%1 y"}, {30.44 * 86400, "+%1 mo"}, {86400, "+%1 d"},
        {3600, "+%1 h"}, {60, "+%1 min"}, {0, "+%1 s"}}};
    for (const Unit& unit : units) {
        if (seconds >= unit.seconds)
            return translated(unit.text, unit.seconds > 0 ? seconds / unit.seconds : seconds, 0);
    }
    return missing();
}

QString date(qint64 unixSeconds)
{
    return QDateTime::fromSecsSinceEpoch(unixSeconds, Qt::UTC).date().toString(Qt::ISODate);
}

QString dateTime(qint64 unixSeconds)
{
    return QDateTime::fromSecsSinceEpoch(unixSeconds, Qt::UTC).toString(QStringLiteral("yyyy-MM-dd hh:mm"));
}

QString ago(const QString& isoUtc)
{
    QDateTime then = QDateTime::fromString(isoUtc, Qt::ISODate);
    if (!then.isValid())
        return missing();
    then.setTimeSpec(Qt::UTC);
    then = then.toLocalTime();
    const qint64 days = then.date().daysTo(QDate::currentDate());
    if (days == 0)
        return QCoreApplication::translate("format", "today %1").arg(then.toString(QStringLiteral("hh:mm")));
    if (days == 1)
        return QCoreApplication::translate("format", "yesterday");
    const bool thisYear = then.date().year() == QDate::currentDate().year();
    return QLocale().toString(then.date(), thisYear ? QStringLiteral("d MMM") : QStringLiteral("d MMM yyyy"));
}

QString compact(double value)
{
    const double size = std::fabs(value);
    if (size >= 1e9)
        return number(value / 1e9, std::fmod(size, 1e9) == 0 ? 0 : 1) + u'G';
    if (size >= 1e6)
        return number(value / 1e6, std::fmod(size, 1e6) == 0 ? 0 : 1) + u'M';
    if (size >= 1e3)
        return number(value / 1e3, std::fmod(size, 1e3) == 0 ? 0 : 1) + u'k';
    return withRealMinus(QLocale().toString(value, 'g', 4));
}

QString wrapped(const QString& text)
{
    return QStringLiteral("<qt>%1</qt>").arg(text.toHtmlEscaped());
}

QString plural(qint64 n, const QString& one, const QString& many)
{
    return (n == 1 ? one : many).arg(count(n));
}

QString exact(double value)
{
    return shortest(value);
}

QString exact(float value)
{
    return shortest(value);
}

} // namespace recoscope::format
