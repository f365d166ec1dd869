// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/panel.h"

#include <QDockWidget>
#include <QGraphicsOpacityEffect>
#include <QHBoxLayout>
#include <QLabel>
#include <QMainWindow>
#include <QMenu>
#include <QProgressBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/frame/buttons.h"
#include "widgets/frame/elided_label.h"
#include "widgets/frame/exportable.h"
#include "widgets/frame/theme.h"

namespace recoscope {

namespace {

constexpr int headerHeight = 40;
constexpr int quietMilliseconds = 300;
constexpr double loadingOpacity = 0.6;

} // namespace

Panel::Panel(Theme& theme, const QString& title, const QString& name, QWidget* parent)
    : QFrame(parent)
    , m_theme(theme)
    , m_title(makeLabel(title, "panel"))
    , m_subtitle(new ElidedLabel("secondary"))
    , m_controls(new QHBoxLayout)
    , m_export(makeIconButton(theme, QStringLiteral("download"), tr("Export %1").arg(title), name + u"Export"))
    , m_enlarge(makeIconButton(theme, QStringLiteral("maximize-2"), tr("Enlarge %1").arg(title), name + u"Enlarge"))
    , m_bar(new QProgressBar)
{
    setProperty("panel", true);
    setObjectName(name + u"Panel");
    setAccessibleName(title);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(1, 1, 1, 1);
    outer->setSpacing(0);
    auto* header = new QWidget;
    header->setMinimumHeight(theme.scaled(headerHeight));
    auto* row = new QHBoxLayout(header);
    row->setContentsMargins(12, 4, 10, 2);
    row->setSpacing(8);
    row->addWidget(m_title);
    row->addWidget(m_subtitle, 1);
    m_controls->setSpacing(6);
    row->addLayout(m_controls);
    row->addWidget(m_enlarge);
    row->addWidget(m_export);
    outer->addWidget(header);
    setNames(m_bar, name + u"Progress", tr("Progress of %1").arg(title));
    m_bar->setTextVisible(false);
    m_bar->setFixedHeight(2);
    m_bar->setRange(0, 0);
    m_bar->hide();
    outer->addWidget(m_bar);
    m_body = new QVBoxLayout;
    m_body->setContentsMargins(12, 0, 12, 12);
    outer->addLayout(m_body, 1);

    m_export->hide();
    m_export->setPopupMode(QToolButton::InstantPopup);
    connect(m_enlarge, &QToolButton::clicked, this, &Panel::enlarge);
    m_loadingTimer.setSingleShot(true);
    connect(&m_loadingTimer, &QTimer::timeout, this, &Panel::showLoading);
}

Panel::~Panel()
{
    if (m_dock)
        m_dock->disconnect(this);
    delete m_dock;
}

void Panel::setTitle(const QString& title)
{
    m_title->setText(title);
    setAccessibleName(title);
}

void Panel::setSubtitle(const QString& subtitle)
{
    m_quietSubtitle = subtitle;
    m_subtitle->setText(subtitle);
}

void Panel::addControl(QWidget* control)
{
    m_controls->addWidget(control);
}

void Panel::setContent(QWidget* content)
{
    m_content = content;
    m_body->addWidget(content, 1);
}

void Panel::setBodyMargins(int left, int top, int right, int bottom)
{
    m_body->setContentsMargins(left, top, right, bottom);
}

void Panel::setExportable(Exportable* source)
{
    m_exportable = source;
    auto* menu = new QMenu(m_export);
    const auto add = [&](const QString& text, ExportFormat format, int scale) {
        menu->addAction(
            text, this, [this, format, scale] { exportWithDialog(*m_exportable, window(), format, scale); });
    };
    if (!source->exportSize().isEmpty()) {
        add(tr("PNG, 1×…"), ExportFormat::Png, 1);
        add(tr("PNG, 2×…"), ExportFormat::Png, 2);
        add(tr("PNG, 3×…"), ExportFormat::Png, 3);
        add(tr("SVG…"), ExportFormat::Svg, 1);
        add(tr("PDF…"), ExportFormat::Pdf, 1);
    }
    add(tr("Data as CSV…"), ExportFormat::Csv, 1);
    m_export->setMenu(menu);
    m_export->show();
}

void Panel::setEnlargeable(bool enlargeable)
{
    m_enlarge->setVisible(enlargeable);
}

void Panel::setLoading(bool loading, const QString& text)
{
    m_loading = loading;
    m_loadingText = text;
    if (loading) {
        m_loadingTimer.start(quietMilliseconds);
        return;
    }
    m_loadingTimer.stop();
    m_bar->hide();
    m_subtitle->setText(m_quietSubtitle);
    if (m_content)
        m_content->setGraphicsEffect(nullptr);
}

void Panel::showLoading()
{
    m_bar->show();
    if (!m_loadingText.isEmpty())
        m_subtitle->setText(m_loadingText);
    if (m_content && !m_content->graphicsEffect()) {
        auto* effect = new QGraphicsOpacityEffect(m_content);
        effect->setOpacity(loadingOpacity);
        m_content->setGraphicsEffect(effect);
    }
}

void Panel::enlarge()
{
    auto* mainWindow = qobject_cast<QMainWindow*>(window());
    if (!m_content || !mainWindow || m_dock)
        return;
    m_dock = new QDockWidget(m_title->text(), mainWindow);
    m_dock->setObjectName(objectName() + u"Dock");
    m_dock->setAttribute(Qt::WA_DeleteOnClose);
    auto* frame = new QFrame;
    frame->setProperty("panel", true);
    auto* layout = new QVBoxLayout(frame);
    layout->addWidget(m_content);
    m_dock->setWidget(frame);
    mainWindow->addDockWidget(Qt::RightDockWidgetArea, m_dock);
    m_dock->setFloating(true);
    const QRect area = mainWindow->geometry();
    m_dock->setGeometry(area.adjusted(area.width() / 8, area.height() / 8, -area.width() / 8, -area.height() / 8));
    m_dock->show();
    m_enlarge->setEnabled(false);
    connect(m_dock, &QDockWidget::visibilityChanged, this, [this](bool visible) {
        if (!visible && m_dock && !m_dock->isVisible())
            bringBack();
    });
}

void Panel::bringBack()
{
    m_body->addWidget(m_content, 1);
    m_enlarge->setEnabled(true);
    m_dock->disconnect(this);
    m_dock = nullptr;
}

} // namespace recoscope
