// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Lint findings one under the other: what, why it matters, and a link that applies the remedy. The short form stands
// beside the pictures; the long form of the Lint tab also shows the examples and what the import left out. GUI thread.
#pragma once

#include <vector>

#include <QScrollArea>

#include "engine/data/dataset.h"
#include "engine/data/lint.h"

class QVBoxLayout;

namespace recoscope {

class Theme;

class FindingList : public QScrollArea {
    Q_OBJECT

public:
    enum class Form { Short, Long };
    FindingList(Theme& theme, Form form, const QString& name, QWidget* parent = nullptr);

    void clear();
    // `popularity` is one sentence about the most popular items alone, or empty.
    void setFindings(const std::vector<LintFinding>& findings, qint64 events, const QString& popularity);
    void setReport(const ImportReport& report); // long form

signals:
    void remedyRequested(const QString& protocolKey, const QString& value);
    void popularityRunRequested();

private:
    struct Words {
        QString icon;
        int tone = 0; // StatusTone
        QString title, text;
    };
    void rebuild();
    QVBoxLayout* addBox(const Words& words); // the column below the title
    void addFinding(const LintFinding& finding);
    void addExamples(QVBoxLayout* column, const QStringList& examples);
    void addReport();
    QString objectStem() const;

    Theme& m_theme;
    Form m_form;
    QVBoxLayout* m_column;
    std::vector<LintFinding> m_findings;
    qint64 m_events = -1; // negative: nothing was checked yet
    QString m_popularity;
    ImportReport m_report;
};

} // namespace recoscope
