// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/data/finding_list.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

QString text(const std::string& words)
{
    return QString::fromStdString(words);
}

std::pair<QString, StatusTone> severityLook(LintSeverity severity)
{
    switch (severity) {
    case LintSeverity::Error: return {QStringLiteral("circle-alert"), StatusTone::Bad};
    case LintSeverity::Warning: return {QStringLiteral("triangle-alert"), StatusTone::Warn};
    case LintSeverity::Info: break;
    }
    return {QStringLiteral("info"), StatusTone::Info};
}

} // namespace

FindingList::FindingList(Theme& theme, Form form, const QString& name, QWidget* parent)
    : QScrollArea(parent)
    , m_theme(theme)
    , m_form(form)
{
    setNames(this, name, tr("Lint findings"));
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* body = new QWidget;
    body->setProperty("transparentArea", true);
    m_column = new QVBoxLayout(body);
    m_column->setContentsMargins(0, 0, 6, 0);
    m_column->setSpacing(8);
    m_column->addStretch(1);
    setWidget(body);
    connect(&theme, &Theme::changed, this, &FindingList::rebuild);
}

void FindingList::clear()
{
    m_findings.clear();
    m_events = -1;
    m_popularity.clear();
    m_report = {};
    rebuild();
}

void FindingList::setFindings(const std::vector<LintFinding>& findings, qint64 events, const QString& popularity)
{
    m_findings = findings;
    m_events = events;
    m_popularity = popularity;
    rebuild();
}

void FindingList::setReport(const ImportReport& report)
{
    m_report = report;
    rebuild();
}

QString FindingList::objectStem() const
{
    return m_form == Form::Short ? QStringLiteral("lint") : QStringLiteral("lintTab");
}

void FindingList::rebuild()
{
    while (m_column->count() > 1) {
        QLayoutItem* item = m_column->takeAt(0);
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
    if (m_events >= 0 && m_findings.empty())
        addBox({QStringLiteral("circle-check"), static_cast<int>(StatusTone::Good),
            tr("No problems found in %1 events.").arg(format::count(m_events)), {}});
    for (const LintFinding& finding : m_findings)
        addFinding(finding);
    if (!m_popularity.isEmpty()) {
        QVBoxLayout* column = addBox({QStringLiteral("info"), static_cast<int>(StatusTone::Info), m_popularity,
            tr("On the test part of this protocol. A model below it has learned nothing.")});
        QPushButton* add = makeButton(tr("Train it as a run"), objectStem() + u"Popularity", ButtonKind::Link);
        connect(add, &QPushButton::clicked, this, &FindingList::popularityRunRequested);
        column->addWidget(add, 0, Qt::AlignLeft);
    }
    if (m_form == Form::Long)
        addReport();
}

QVBoxLayout* FindingList::addBox(const Words& words)
{
    auto* box = new QWidget;
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 4, 0, 4);
    row->setSpacing(10);
    auto* mark = new QLabel;
    const QColor colour = m_theme.palette().status(static_cast<StatusTone>(words.tone)).line;
    mark->setPixmap(iconPixmap(words.icon, colour, 17, devicePixelRatioF()));
    row->addWidget(mark, 0, Qt::AlignTop);
    auto* column = new QVBoxLayout;
    column->setSpacing(2);
    QLabel* title = makeLabel(words.title, "strong");
    QLabel* why = makeLabel(words.text, "secondary");
    for (QLabel* label : {title, why}) {
        label->setWordWrap(true);
        if (label->text().isEmpty())
            label->hide(); // shown before it has a parent, it would be a window
        column->addWidget(label);
    }
    row->addLayout(column, 1);
    if (m_column->count() > 1)
        m_column->insertWidget(m_column->count() - 1, makeSeparator());
    m_column->insertWidget(m_column->count() - 1, box);
    return column;
}

void FindingList::addFinding(const LintFinding& finding)
{
    const auto [icon, tone] = severityLook(finding.severity);
    QVBoxLayout* column = addBox(
        {icon, static_cast<int>(tone), text(finding.title), text(finding.why + " " + finding.remedy).trimmed()});
    if (m_form == Form::Long) {
        QStringList examples;
        for (const std::string& example : finding.examples)
            examples << text(example);
        addExamples(column, examples);
    }
    if (finding.protocolKey.empty())
        return;
    const QString key = text(finding.protocolKey);
    const QString value = text(finding.protocolValue);
    QPushButton* apply = makeButton(tr("Set %1 to %2").arg(key, value),
        QStringLiteral("%1Apply_%2").arg(objectStem(), text(finding.code)), ButtonKind::Link);
    connect(apply, &QPushButton::clicked, this, [this, key, value] { emit remedyRequested(key, value); });
    column->addWidget(apply, 0, Qt::AlignLeft);
}

void FindingList::addExamples(QVBoxLayout* column, const QStringList& examples)
{
    if (examples.isEmpty())
        return;
    const QString show = format::plural(examples.size(), tr("Show %1 example"), tr("Show %1 examples"));
    const QString hide = tr("Hide the examples");
    QPushButton* toggle = makeButton(show, QStringLiteral("lintExamples%1").arg(m_column->count()), ButtonKind::Link);
    QLabel* list = makeLabel(examples.join(u'\n'), "secondary");
    list->setTextInteractionFlags(Qt::TextSelectableByMouse);
    list->setContentsMargins(8, 0, 0, 4);
    list->setWordWrap(true);
    list->hide();
    connect(toggle, &QPushButton::clicked, list, [toggle, list, show, hide] {
        list->setVisible(list->isHidden());
        toggle->setText(list->isHidden() ? show : hide);
    });
    column->addWidget(toggle, 0, Qt::AlignLeft);
    column->addWidget(list);
}

void FindingList::addReport()
{
    for (const ImportReport::Dropped& dropped : m_report.dropped) {
        QVBoxLayout* column = addBox({QStringLiteral("file-down"), static_cast<int>(StatusTone::Info),
            format::plural(dropped.count, tr("The import left %1 row out: %2"), tr("The import left %1 rows out: %2"))
                .arg(text(dropped.reason)),
            tr("%1 of %2 rows of the source were kept.")
                .arg(format::count(m_report.rowsKept), format::count(m_report.rowsRead))});
        QStringList examples;
        for (const ImportReport::Dropped::Example& example : dropped.examples)
            examples << tr("line %1: %2").arg(format::count(example.line), text(example.text));
        addExamples(column, examples);
    }
    for (const std::string& warning : m_report.warnings)
        addBox({QStringLiteral("triangle-alert"), static_cast<int>(StatusTone::Warn), tr("The import warned"),
            text(warning)});
}

} // namespace recoscope
