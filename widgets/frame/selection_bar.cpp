// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/selection_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QUndoStack>
#include <QVBoxLayout>

#include "engine/data/catalogue.h"
#include "engine/data/dataset.h"
#include "engine/data/protocol.h"
#include "widgets/core/formatting.h"
#include "widgets/core/jobs.h"
#include "widgets/core/library.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/icons.h"
#include "widgets/frame/selection_chip.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

constexpr int barHeight = 54;
constexpr std::size_t namesBetweenLooks = 4096; // for a wish to cancel

std::vector<Choice> firstMatches(
    const std::vector<std::string>& names, const QString& text, int limit, Progress& progress)
{
    std::vector<Choice> found;
    for (std::size_t i = 0; i < names.size() && static_cast<int>(found.size()) < limit; ++i) {
        if (i % namesBetweenLooks == 0)
            progress.checkCancelled();
        const QString name = QString::fromStdString(names[i]);
        if (text.isEmpty() || name.contains(text, Qt::CaseInsensitive))
            found.push_back({QString::number(i), name, {}});
    }
    return found;
}

} // namespace

SelectionBar::SelectionBar(WorkbenchContext& context, QWidget* parent)
    : QFrame(parent)
    , m_context(context)
    , m_protocolIcon(new QLabel)
    , m_protocol(makeLabel({}, "caption"))
{
    setObjectName(QStringLiteral("selectionBar"));
    setAccessibleName(tr("Selection"));
    const auto rescale = [this, &theme = context.theme] { setMinimumHeight(theme.scaled(barHeight)); };
    connect(&context.theme, &Theme::changed, this, rescale);
    rescale();
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 7, 10, 7);
    row->setSpacing(6);
    row->addWidget(addChip(SelectionField::Dataset, tr("Dataset"), QStringLiteral("datasetChip"), 150), 3);
    SelectionChip* a = addChip(SelectionField::RunA, tr("Run A"), QStringLiteral("runAChip"), 176);
    SelectionChip* b = addChip(SelectionField::RunB, tr("Run B"), QStringLiteral("runBChip"), 176);
    a->setSlot(0);
    b->setSlot(1);
    for (SelectionChip* chip : {a, b})
        chip->setAcceptsRuns(true);
    connect(a, &SelectionChip::runDropped, &context.selection, &Selection::setRunA);
    connect(b, &SelectionChip::runDropped, &context.selection, &Selection::setRunB);
    row->addWidget(a, 4);
    row->addWidget(b, 4);
    row->addWidget(addChip(SelectionField::User, tr("User"), QStringLiteral("userChip"), 96), 2);
    row->addWidget(addChip(SelectionField::Item, tr("Item"), QStringLiteral("itemChip"), 180), 4);
    row->addWidget(addChip(SelectionField::Layer, tr("Layer"), QStringLiteral("layerChip"), 84), 1);
    row->addWidget(addChip(SelectionField::Head, tr("Head"), QStringLiteral("headChip"), 84), 1);
    row->addStretch(1);
    row->addWidget(m_protocolIcon);
    row->addWidget(m_protocol);

    const auto addAction = [&](const QString& icon, const QString& name, const QString& object) {
        QToolButton* button = makeIconButton(context.theme, icon, name, object);
        row->addWidget(button);
        return button;
    };
    QToolButton* undo = addAction(QStringLiteral("undo-2"), tr("Undo"), QStringLiteral("undoButton"));
    QToolButton* redo = addAction(QStringLiteral("redo-2"), tr("Redo"), QStringLiteral("redoButton"));
    QToolButton* find = addAction(QStringLiteral("search"), tr("Find anything (Ctrl+K)"), QStringLiteral("findButton"));
    undo->setEnabled(false);
    redo->setEnabled(false);
    connect(&context.undo, &QUndoStack::canUndoChanged, undo, &QWidget::setEnabled);
    connect(&context.undo, &QUndoStack::canRedoChanged, redo, &QWidget::setEnabled);
    connect(undo, &QToolButton::clicked, &context.undo, &QUndoStack::undo);
    connect(redo, &QToolButton::clicked, &context.undo, &QUndoStack::redo);
    connect(find, &QToolButton::clicked, this, &SelectionBar::findRequested);

    connect(&context.selection, &Selection::changed, this, &SelectionBar::update);
    connect(&context.library, &Library::runsChanged, this, &SelectionBar::update);
    connect(&context.library, &Library::datasetOpened, this, &SelectionBar::update);
    connect(&context.theme, &Theme::changed, this, &SelectionBar::updateProtocol);
    update();
}

SelectionChip* SelectionBar::addChip(SelectionField field, const QString& caption, const QString& name, int width)
{
    auto* chip = new SelectionChip(m_context.theme, caption, name);
    chip->setPreferredWidth(width);
    chip->setMaximumWidth(m_context.theme.scaled(width + 40));
    connect(chip, &SelectionChip::clicked, this, [this, field] { openList(field); });
    m_chips[field] = chip;
    return chip;
}

void SelectionBar::openList(SelectionField field)
{
    SelectionChip* chip = m_chips.at(field);
    auto* popup = new SearchPopup(
        m_context.theme, tr("Search"),
        [this, field](const QString& text, int limit, SearchPopup::Deliver deliver) {
            find({field}, text, limit, [field, deliver](Found found) { deliver(std::move(found[field])); });
        },
        [this, field](const Choice& choice) { choose(field, choice); }, this);
    popup->openBelow(chip);
}

int SelectionBar::countOf(SelectionField field) const
{
    const Selection& selection = m_context.selection;
    const RunRecord* run = m_context.library.run(m_runSlot == 1 ? selection.runB() : selection.runA());
    if (!run)
        return 0;
    return run->parameters.value(field == SelectionField::Layer ? "layers" : "heads", 0);
}

std::vector<Choice> SelectionBar::listed(SelectionField field, const QString& text, int limit) const
{
    const Library& library = m_context.library;
    std::vector<Choice> all;
    switch (field) {
    case SelectionField::Dataset:
        for (const DatasetRecord& d : library.datasets())
            all.push_back({QString::fromStdString(d.name), QString::fromStdString(d.name),
                tr("%1 events").arg(format::count(d.interactions)), QStringLiteral("database")});
        return matching(all, text, limit);
    case SelectionField::RunA:
    case SelectionField::RunB:
        all.push_back({{}, tr("None"), {}, {}, -1});
        for (const RunRecord& run : library.runs())
            all.push_back({QString::fromStdString(run.id), QString::fromStdString(run.name),
                QStringLiteral("%1 · %2").arg(
                    QString::fromStdString(run.dataset), QString::fromLatin1(runStatusName(run.status))),
                QStringLiteral("activity")});
        return matching(all, text, limit);
    case SelectionField::Layer:
    case SelectionField::Head:
        for (int i = 0; i < countOf(field); ++i)
            all.push_back({QString::number(i), QString::number(i + 1), {}});
        return all;
    case SelectionField::User:
    case SelectionField::Item: break;
    }
    return all;
}

void SelectionBar::find(
    const std::vector<SelectionField>& fields, const QString& text, int limit, std::function<void(Found)> deliver)
{
    Found found;
    std::vector<SelectionField> large;
    for (const SelectionField field : fields) {
        if (field == SelectionField::User || field == SelectionField::Item)
            large.push_back(field);
        else
            found[field] = listed(field, text, limit);
    }
    const auto dataset = m_context.library.dataset();
    if (large.empty() || !dataset) {
        deliver(std::move(found));
        return;
    }
    m_context.jobs.run(
        {JobLane::Inspect, {}, QStringLiteral("find-choices")}, this,
        [dataset, large, text, limit, found = std::move(found)](Progress& progress) mutable {
            const Catalogue& catalogue = dataset->catalogue();
            for (const SelectionField field : large)
                found[field] = firstMatches(
                    field == SelectionField::User ? catalogue.rawUsers() : catalogue.titles(), text, limit, progress);
            return std::move(found);
        },
        [deliver = std::move(deliver)](Found all) { deliver(std::move(all)); });
}

void SelectionBar::choose(SelectionField field, const Choice& choice)
{
    Selection& selection = m_context.selection;
    switch (field) {
    case SelectionField::Dataset: selection.setDataset(choice.id); break;
    case SelectionField::RunA: selection.setRunA(choice.id); break;
    case SelectionField::RunB: selection.setRunB(choice.id); break;
    case SelectionField::User: selection.setUser(choice.id.toInt()); break;
    case SelectionField::Item: selection.setItem(choice.id.toInt()); break;
    case SelectionField::Layer: selection.setLayer(choice.id.toInt()); break;
    case SelectionField::Head: selection.setHead(choice.id.toInt()); break;
    }
}

QString SelectionBar::valueOf(SelectionField field) const
{
    const Selection& selection = m_context.selection;
    const Library& library = m_context.library;
    const auto ofCount = [this](int index, SelectionField which) {
        return index < 0 ? QString() : tr("%1 / %2").arg(index + 1).arg(std::max(countOf(which), index + 1));
    };
    switch (field) {
    case SelectionField::Dataset: return selection.dataset();
    case SelectionField::RunA: return library.runName(selection.runA());
    case SelectionField::RunB: return library.runName(selection.runB());
    case SelectionField::User: return library.userName(selection.user());
    case SelectionField::Item: return library.itemTitle(selection.item());
    case SelectionField::Layer: return ofCount(selection.layer(), field);
    case SelectionField::Head: return ofCount(selection.head(), field);
    }
    return {};
}

void SelectionBar::update()
{
    for (const auto& [field, chip] : m_chips)
        chip->setValue(valueOf(field));
    updateProtocol();
}

void SelectionBar::updateProtocol()
{
    const RunRecord* run = m_context.library.run(m_context.selection.runA());
    m_protocol->setVisible(run != nullptr);
    m_protocolIcon->setVisible(run != nullptr);
    if (!run)
        return;
    QString split;
    QString candidates;
    try {
        const Json protocol = Protocol::fromJson(run->protocol).toJson();
        split = protocol.value("split", std::string()) == "leave_one_out" ? tr("LOO") : tr("time split");
        candidates = QString::fromStdString(protocol.value("candidates", std::string("full")));
        m_protocol->setToolTip(tr("Protocol of run A: %1 (%2)")
                                   .arg(QString::fromStdString(Protocol::fromJson(run->protocol).summary()),
                                       QString::fromStdString(run->protocolHash)));
    } catch (const std::exception&) {
        candidates = QString::fromStdString(run->protocolHash);
    }
    const QString line = split.isEmpty() ? candidates : QStringLiteral("%1 · %2").arg(split, candidates);
    m_protocol->setText(tr("Protocol\n%1").arg(line));
    m_protocolIcon->setPixmap(
        iconPixmap(QStringLiteral("shield-check"), m_context.theme.palette().good.line, 16, devicePixelRatioF()));
}

void SelectionBar::setRunSlot(int slot)
{
    m_runSlot = slot;
    update();
}

void SelectionBar::setUsedFields(SelectionFields fields, const QString& page)
{
    for (const auto& [field, chip] : m_chips) {
        const bool used = fields.testFlag(field);
        chip->setEnabled(used);
        chip->setToolTip(used ? QString() : tr("%1 does not use this.").arg(page));
    }
}

} // namespace recoscope
