// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// English plurals of tr("%n run(s)", nullptr, n): "1 run", "4 runs". Qt takes plural forms from translations only, so
// without this the source text itself would be shown. Install it before any other translator.
#pragma once

#include <QTranslator>

namespace recoscope {

class EnglishPlurals : public QTranslator {
    Q_OBJECT

public:
    using QTranslator::QTranslator;

    QString translate(const char* context, const char* sourceText, const char* disambiguation, int n) const override;
    bool isEmpty() const override { return false; }
};

} // namespace recoscope
