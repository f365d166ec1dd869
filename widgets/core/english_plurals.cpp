// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/core/english_plurals.h"

namespace recoscope {

QString EnglishPlurals::translate(const char*, const char* sourceText, const char*, int n) const
{
    QString text = QString::fromUtf8(sourceText);
    // A null string leaves the text to Qt, which is right for everything without a number.
    if (n < 0 || !text.contains(QStringLiteral("(s)")))
        return {};
    return text.replace(QStringLiteral("(s)"), n == 1 ? QString() : QStringLiteral("s"));
}

} // namespace recoscope
