// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/theme.h"

#include <algorithm>

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QFontMetricsF>
#include <QPalette>
#include <QRegularExpression>
#include <QStyle>
#include <QStyleFactory>
#include <QWidget>

#include "widgets/frame/icons.h"

// A resource file of a static library is kept by the linker only when it is named, outside any namespace.
static void loadResources()
{
    Q_INIT_RESOURCE(recoscope);
}

namespace recoscope {

namespace {

bool hasEqualDigits(const QFont& font)
{
    const QFontMetricsF metrics(font);
    const double width = metrics.horizontalAdvance(u'0');
    for (ushort digit = u'1'; digit <= u'9'; ++digit) {
        if (std::abs(metrics.horizontalAdvance(QChar(digit)) - width) > 0.01)
            return false;
    }
    return true;
}

QString firstInstalled(const QStringList& families)
{
    const QStringList installed = QFontDatabase::families();
    for (const QString& family : families) {
        if (installed.contains(family))
            return family;
    }
    return {};
}

int basePixels(TextRole role)
{
    switch (role) {
    case TextRole::ChipCaption: return 10;
    case TextRole::Caption: return 11;
    case TextRole::Secondary: return 12;
    case TextRole::PageTitle: return 20;
    case TextRole::Lesson: return 28;
    case TextRole::Body:
    case TextRole::BodyStrong:
    case TextRole::PanelTitle: break;
    }
    return 13;
}

QFont::Weight weightOf(TextRole role)
{
    switch (role) {
    case TextRole::BodyStrong:
    case TextRole::PanelTitle:
    case TextRole::PageTitle:
    case TextRole::Lesson: return QFont::DemiBold;
    case TextRole::ChipCaption: return QFont::Medium;
    default: return QFont::Normal;
    }
}

QPalette applicationPalette(const Palette& p)
{
    QPalette q;
    q.setColor(QPalette::Window, p.window);
    q.setColor(QPalette::WindowText, p.text);
    q.setColor(QPalette::Base, p.surface);
    q.setColor(QPalette::AlternateBase, p.sunk);
    q.setColor(QPalette::Text, p.text);
    q.setColor(QPalette::Button, p.surface);
    q.setColor(QPalette::ButtonText, p.text);
    q.setColor(QPalette::BrightText, p.bad.text);
    q.setColor(QPalette::Highlight, p.accentSoft);
    q.setColor(QPalette::HighlightedText, p.text);
    q.setColor(QPalette::Link, p.accent);
    q.setColor(QPalette::LinkVisited, p.accent);
    q.setColor(QPalette::ToolTipBase, p.surface);
    q.setColor(QPalette::ToolTipText, p.text);
    q.setColor(QPalette::PlaceholderText, p.text3);
    q.setColor(QPalette::Light, p.surface);
    q.setColor(QPalette::Midlight, p.grid);
    q.setColor(QPalette::Mid, p.line);
    q.setColor(QPalette::Dark, p.border);
    q.setColor(QPalette::Shadow, p.border);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        q.setColor(QPalette::Disabled, role, p.border);
    return q;
}

} // namespace

Theme::Theme(QObject* parent)
    : QObject(parent)
{
    loadResources();
    m_systemIsDark = QApplication::palette().color(QPalette::Window).lightness() < 128;
    m_family = firstInstalled({QStringLiteral("Inter")});
    if (m_family.isEmpty())
        m_family = QFontDatabase::systemFont(QFontDatabase::GeneralFont).family();
    if (!hasEqualDigits(font(TextRole::Body)))
        m_digitFamily = firstInstalled({QStringLiteral("Noto Sans"), QStringLiteral("DejaVu Sans")});
}

const Palette& Theme::palette() const
{
    const bool dark = m_mode == ThemeMode::Dark || (m_mode == ThemeMode::System && m_systemIsDark);
    return dark ? Palette::darkOne() : Palette::light();
}

void Theme::setMode(ThemeMode mode)
{
    if (mode == m_mode)
        return;
    m_mode = mode;
    apply();
}

void Theme::setTextScale(double scale)
{
    scale = std::clamp(scale, 0.9, 2.0);
    if (scale == m_textScale)
        return;
    m_textScale = scale;
    apply();
}

void Theme::setDensity(Density density)
{
    if (density == m_density)
        return;
    m_density = density;
    apply();
}

QFont Theme::font(TextRole role) const
{
    QFont font(m_family);
    font.setPixelSize(scaled(basePixels(role)));
    font.setWeight(weightOf(role));
    return font;
}

QFont Theme::numberFont(TextRole role) const
{
    QFont result = font(role);
    if (!m_digitFamily.isEmpty())
        result.setFamilies({m_digitFamily, m_family});
    return result;
}

int Theme::scaled(int pixels) const
{
    return qRound(pixels * m_textScale);
}

void Theme::keepWidth(QWidget* widget, int pixels)
{
    const char* const name = "widthAtFullSize";
    const bool known = widget->property(name).isValid();
    widget->setProperty(name, pixels);
    const auto rescale = [this, widget, name] { widget->setFixedWidth(scaled(widget->property(name).toInt())); };
    if (!known)
        connect(this, &Theme::changed, widget, rescale);
    rescale();
}

int Theme::rowHeight() const
{
    switch (m_density) {
    case Density::Compact: return scaled(24);
    case Density::Normal: return scaled(28);
    case Density::Lecture: break;
    }
    return scaled(36);
}

QIcon Theme::icon(const QString& name) const
{
    return makeIcon(name, palette());
}

QIcon Theme::icon(const QString& name, const QColor& colour) const
{
    return makeIcon(name, colour, palette().border);
}

void Theme::apply()
{
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    QApplication::setPalette(applicationPalette(palette()));
    QApplication::setFont(font(TextRole::Body));
    qApp->setStyleSheet(styleSheet());
    emit changed();
}

QString Theme::styleSheet() const
{
    QFile file(QStringLiteral(":/workbench.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    const Palette& p = palette();
    const std::vector<std::pair<const char*, QColor>> colours{{"window", p.window}, {"surface", p.surface},
        {"rail", p.rail}, {"sunk", p.sunk}, {"line", p.line}, {"grid", p.grid}, {"border", p.border},
        {"text2", p.text2}, {"text3", p.text3}, {"text", p.text}, {"accentSoft", p.accentSoft},
        {"accentText", p.accentText}, {"accent", p.accent}, {"onAccent", p.onAccent}, {"goodSoft", p.good.soft},
        {"goodText", p.good.text}, {"goodLine", p.good.line}, {"badSoft", p.bad.soft}, {"badText", p.bad.text},
        {"badLine", p.bad.line}, {"warnSoft", p.warn.soft}, {"warnText", p.warn.text}, {"warnLine", p.warn.line},
        {"infoSoft", p.info.soft}, {"infoText", p.info.text}, {"infoLine", p.info.line}, {"focusSoft", p.focusSoft},
        {"focusText", p.focusText}, {"neutralFill", p.neutralFill}};
    for (const auto& [name, colour] : colours)
        sheet.replace(QRegularExpression(QStringLiteral("@%1\\b").arg(QLatin1String(name))), colour.name());
    sheet.replace(QStringLiteral("@theme"), p.dark ? QStringLiteral("dark") : QStringLiteral("light"));
    // Sizes that follow the text scale are written as @px(13).
    static const QRegularExpression size(QStringLiteral("@px\\((\\d+)\\)"));
    for (auto match = size.match(sheet); match.hasMatch(); match = size.match(sheet))
        sheet.replace(match.capturedStart(), match.capturedLength(),
            QStringLiteral("%1px").arg(scaled(match.captured(1).toInt())));
    return sheet;
}

} // namespace recoscope
