// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/settings/settings_view.h"

#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "engine/workspace/workspace.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/panel.h"
#include "widgets/frame/segmented_control.h"
#include "widgets/frame/theme.h"
#include "widgets/views/context.h"

namespace recoscope {

namespace {

QString textOf(const Json& fact)
{
    if (fact.is_string())
        return QString::fromStdString(fact.get<std::string>());
    if (!fact.is_array())
        return QString::fromStdString(fact.dump());
    QStringList parts;
    for (const Json& part : fact)
        parts << textOf(part);
    return parts.join(QStringLiteral(", "));
}

} // namespace

SettingsView::SettingsView(WorkbenchContext& context, QWidget* parent)
    : View(context, tr("Settings"), parent)
{
    contentLayout()->addWidget(makeLook());
    contentLayout()->addWidget(makeWorkspace());
    contentLayout()->addWidget(makeEngine());
    contentLayout()->addStretch(1);
}

QWidget* SettingsView::makeLook()
{
    Theme& theme = context().theme;
    auto* panel = new Panel(theme, tr("Look"), QStringLiteral("look"));
    panel->setEnlargeable(false);
    auto* body = new QWidget;
    auto* form = new QFormLayout(body);
    form->setVerticalSpacing(12);
    auto* mode = new SegmentedControl(
        {tr("As the system"), tr("Light"), tr("Dark")}, QStringLiteral("themeChoice"), tr("Theme"));
    auto* density = new SegmentedControl(
        {tr("Compact"), tr("Normal"), tr("Lecture")}, QStringLiteral("densityChoice"), tr("Row density"));
    auto* size = new QComboBox;
    setNames(size, QStringLiteral("textSizeChoice"), tr("Text size"));
    for (const int percent : {90, 100, 110, 125, 150, 175, 200})
        size->addItem(tr("%1 %").arg(percent), percent);
    const auto show = [&theme, mode, density, size] {
        mode->setCurrent(static_cast<int>(theme.mode()));
        density->setCurrent(static_cast<int>(theme.density()));
        size->setCurrentIndex(size->findData(qRound(theme.textScale() * 100)));
    };
    show();
    connect(&theme, &Theme::changed, body, show);
    connect(mode, &SegmentedControl::currentChanged, &theme,
        [&theme](int index) { theme.setMode(static_cast<ThemeMode>(index)); });
    connect(density, &SegmentedControl::currentChanged, &theme,
        [&theme](int index) { theme.setDensity(static_cast<Density>(index)); });
    connect(size, &QComboBox::activated, &theme,
        [&theme, size] { theme.setTextScale(size->currentData().toInt() / 100.0); });
    form->setFieldGrowthPolicy(QFormLayout::FieldsStayAtSizeHint); // stretched segments come apart
    form->addRow(tr("Theme"), mode);
    form->addRow(tr("Text size"), size);
    form->addRow(tr("Row density"), density);
    panel->setContent(body);
    return panel;
}

QWidget* SettingsView::makeWorkspace()
{
    auto* panel = new Panel(context().theme, tr("Workspace"), QStringLiteral("workspaceSettings"));
    panel->setEnlargeable(false);
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    QLabel* folder = makeLabel(QString::fromStdString(context().workspace->folder().string()));
    folder->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setNames(folder, QStringLiteral("workspaceFolder"), tr("Workspace folder"));
    QPushButton* open = makeButton(tr("Open workspace…"), QStringLiteral("settingsOpenWorkspace"));
    connect(open, &QPushButton::clicked, &context().navigator, &Navigator::workspaceRequested);
    column->addWidget(folder);
    column->addWidget(open, 0, Qt::AlignLeft);
    panel->setContent(body);
    return panel;
}

// What decides how fast a number came about, and with what it can be reproduced.
QWidget* SettingsView::makeEngine()
{
    auto* panel = new Panel(context().theme, tr("Engine"), QStringLiteral("engineSettings"));
    panel->setSubtitle(tr("stored with every run and every latency"));
    panel->setEnlargeable(false);
    auto* body = new QWidget;
    auto* form = new QFormLayout(body);
    form->setVerticalSpacing(8);
    form->setHorizontalSpacing(24);
    const Json facts = environmentInfo();
    for (const auto& [key, label] : std::initializer_list<std::pair<const char*, QString>>{
             {"kernels", tr("Kernels in use")}, {"instruction_sets", tr("Instruction sets")}, {"device", tr("Device")},
             {"processor", tr("Processor")}, {"threads", tr("Threads")}, {"libtorch", tr("LibTorch")},
             {"sqlite", tr("SQLite")}, {"recoscope", tr("Recoscope")}, {"compiler", tr("Compiler")}}) {
        const auto fact = facts.find(key);
        if (fact == facts.end())
            continue;
        QLabel* value = makeLabel(textOf(*fact), "", body);
        value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        setNames(value, QStringLiteral("engine_%1").arg(QLatin1String(key)), label);
        form->addRow(makeLabel(label, "secondary", body), value);
    }
    panel->setContent(body);
    return panel;
}

} // namespace recoscope
