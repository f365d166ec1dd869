// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/home/news_panel.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "engine/core/clock.h"
#include "engine/workspace/workspace.h"
#include "widgets/core/formatting.h"
#include "widgets/core/library.h"
#include "widgets/core/selection.h"
#include "widgets/core/training_queue.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/run_words.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr const char* seenKey = "home";
constexpr int mostLines = 4;

QString sentence(const RunRecord& run)
{
    const QString name = QStringLiteral("<b>%1</b>").arg(QString::fromStdString(run.name).toHtmlEscaped());
    const auto value = run.test.find("ndcg@10");
    const auto half = run.testHalfWidth.find("ndcg@10");
    const QString result = value == run.test.end()
        ? QString()
        : NewsPanel::tr("Test NDCG@10 %1 %2.")
              .arg(format::accuracy(value->second),
                  half == run.testHalfWidth.end() ? QString() : format::halfWidth(half->second))
              .replace(QStringLiteral(" ."), QStringLiteral("."));
    switch (run.status) {
    case RunStatus::Finished: return NewsPanel::tr("%1 finished. %2").arg(name, result);
    case RunStatus::Stopped:
        return NewsPanel::tr("%1 was stopped after epoch %2; its best epoch was kept. %3")
            .arg(name)
            .arg(run.epochs)
            .arg(result);
    case RunStatus::Failed:
        return NewsPanel::tr("%1 failed: %2").arg(name, QString::fromStdString(run.error).toHtmlEscaped());
    default: break;
    }
    return NewsPanel::tr("%1 was cut off after epoch %2. Its last checkpoint is safe.").arg(name).arg(run.epochs);
}

std::pair<QString, StatusTone> look(RunStatus status)
{
    if (status == RunStatus::Finished)
        return {QStringLiteral("circle-check"), StatusTone::Good};
    if (status == RunStatus::Failed)
        return {QStringLiteral("circle-alert"), StatusTone::Bad};
    return {QStringLiteral("triangle-alert"), StatusTone::Warn};
}

} // namespace

NewsPanel::NewsPanel(WorkbenchContext& context, QWidget* parent)
    : Panel(context.theme, tr("Since you were last here"), QStringLiteral("news"), parent)
    , m_context(context)
    , m_lines(nullptr)
{
    setEnlargeable(false);
    auto* body = new QWidget;
    m_lines = new QVBoxLayout(body);
    m_lines->setContentsMargins(0, 0, 0, 0);
    m_lines->setSpacing(4);
    setContent(body);
    hide();
    connect(&context.library, &Library::runsChanged, this, &NewsPanel::refresh);
    connect(&context.theme, &Theme::changed, this, &NewsPanel::refresh);
    readLastTime();
}

void NewsPanel::readLastTime()
{
    m_context.jobs.run(
        {JobLane::Inspect, {}, {}}, this,
        [workspace = m_context.workspace](Progress&) {
            const auto saved = workspace->store().document(seenKey);
            return saved ? saved->value("seen", "") : isoUtcNow(); // a new workspace has no news
        },
        [this](std::string since) {
            m_since = std::move(since);
            refresh();
            markSeen();
        });
}

bool NewsPanel::isNews(const RunRecord& run) const
{
    if (run.status == RunStatus::Interrupted)
        return !m_context.training.holds(run.id);
    const bool ended
        = run.status == RunStatus::Finished || run.status == RunStatus::Stopped || run.status == RunStatus::Failed;
    return ended && run.finished > *m_since;
}

void NewsPanel::markSeen()
{
    const QWidget* page = parentWidget();
    if (!m_since || !page || !page->isVisible() || !m_context.library.loaded())
        return;
    std::string newest = *m_since;
    for (const RunRecord& run : m_context.library.runs())
        newest = std::max(newest, run.finished);
    if (newest == m_marked)
        return;
    m_marked = newest;
    m_context.workspace->store().putDocument(seenKey, {{"seen", newest}}); // returns at once
}

void NewsPanel::refresh()
{
    if (!m_since)
        return;
    while (QLayoutItem* item = m_lines->takeAt(0)) {
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
    int news = 0;
    for (const RunRecord& run : m_context.library.runs()) {
        if (!isNews(run))
            continue;
        if (++news <= mostLines)
            addLine(run);
    }
    setSubtitle(news > mostLines ? tr("%1 more are among the recent runs").arg(news - mostLines) : QString());
    setVisible(news > 0);
}

void NewsPanel::addLine(const RunRecord& run)
{
    auto* line = new QWidget;
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(10);
    const auto [icon, tone] = look(run.status);
    auto* mark = new QLabel;
    mark->setPixmap(
        iconPixmap(icon, m_context.theme.palette().status(tone).line, m_context.theme.scaled(17), devicePixelRatioF()));
    row->addWidget(mark);
    QLabel* words = makeLabel({});
    words->setTextFormat(Qt::RichText);
    words->setText(sentence(run));
    words->setWordWrap(true);
    row->addWidget(words, 1);
    const QString id = QString::fromStdString(run.id);
    const bool resumes = run.status == RunStatus::Interrupted || run.status == RunStatus::Failed;
    const QString a = m_context.selection.runA();
    const bool compares = !resumes && !a.isEmpty() && a != id;
    QPushButton* link = makeButton(resumes ? tr("Resume")
            : compares                     ? tr("Compare with A")
                                           : tr("Make it run A"),
        QStringLiteral("news_%1").arg(id), ButtonKind::Link);
    connect(link, &QPushButton::clicked, this, [this, run, id, resumes, compares] {
        if (resumes) {
            m_context.training.enqueueResume(run);
            emit m_context.navigator.viewRequested(QStringLiteral("train"));
            return;
        }
        if (compares)
            m_context.selection.setRunB(id);
        else
            m_context.selection.setRunA(id);
        emit m_context.navigator.viewRequested(compares ? QStringLiteral("compare") : QStringLiteral("runs"));
    });
    row->addWidget(link);
    m_lines->addWidget(line);
}

} // namespace recoscope
