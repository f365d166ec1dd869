// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plots/plot_view.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QMenu>
#include <QMouseEvent>
#include <QPicture>
#include <QToolButton>
#include <QWheelEvent>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"
#include "widgets/frame/theme.h"
#include "widgets/plots/crosshair_group.h"
#include "widgets/plots/plot_canvas.h"
#include "widgets/plots/plot_overlay.h"

namespace recoscope {

namespace {

constexpr double zoomStep = 0.85;
constexpr double keyPanPixels = 40.0;
constexpr double hitRadius = 9.0;
constexpr int dragThreshold = 4;

// Index of the finite point nearest in x; -1 when there is none.
int nearestIndex(const PlotSeries& series, double x)
{
    int best = -1;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
        if (std::isfinite(series.y[i])
            && (best < 0 || std::fabs(series.x[i] - x) < std::fabs(series.x[static_cast<std::size_t>(best)] - x)))
            best = static_cast<int>(i);
    }
    return best;
}

bool followsCrosshair(const PlotSeries& series)
{
    return !series.dashed && !series.x.empty();
}

} // namespace

PlotView::PlotView(Theme& theme, const QString& title, const QString& name, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_canvas(new PlotCanvas(theme, this))
    , m_overlay(new PlotOverlay(theme, this))
    , m_group(new CrosshairGroup(this))
{
    m_model.title = title;
    setNames(this, name, title);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    connect(&theme, &Theme::changed, this, [this] { rebuild(true); });
    connect(m_group, &CrosshairGroup::moved, this, &PlotView::updateCrosshair);
    rebuild(false);
}

PlotView::~PlotView() = default;

void PlotView::setModel(PlotModel model, bool keepView)
{
    const QString title = m_model.title;
    m_model = std::move(model);
    if (m_model.title.isEmpty())
        m_model.title = title;
    rebuild(keepView);
}

void PlotView::rebuild(bool keepView)
{
    m_canvas->show(m_model, m_theme.palette(), keepView);
    setAccessibleName(m_model.title);
    setAccessibleDescription(plotSummary(m_model));
    updateCrosshair();
}

void PlotView::setCrosshairGroup(CrosshairGroup* group)
{
    m_group->disconnect(this);
    m_group = group;
    connect(m_group, &CrosshairGroup::moved, this, &PlotView::updateCrosshair);
    updateCrosshair();
}

bool PlotView::allowsLog(Qt::Orientation orientation) const
{
    const bool isX = orientation == Qt::Horizontal;
    const PlotAxis& axis = isX ? m_model.x : m_model.y;
    if (!axis.logAllowed || !axis.ticks.empty())
        return false;
    return std::none_of(
        m_model.series.begin(), m_model.series.end(), [](const PlotSeries& s) { return s.mark == PlotMark::Bars; });
}

void PlotView::setLogX(bool log)
{
    if (!allowsLog(Qt::Horizontal) || m_model.x.log == log)
        return;
    m_model.x.log = log;
    rebuild(false);
    emit logChanged();
}

void PlotView::setLogY(bool log)
{
    if (!allowsLog(Qt::Vertical) || m_model.y.log == log)
        return;
    m_model.y.log = log;
    rebuild(false);
    emit logChanged();
}

QWidget* PlotView::makeLogSwitch()
{
    const bool x = allowsLog(Qt::Horizontal);
    const bool y = allowsLog(Qt::Vertical);
    if (!x && !y)
        return nullptr;
    QToolButton* button = makeIconButton(
        m_theme, QStringLiteral("chart-line"), tr("Log axes of %1").arg(m_model.title), objectName() + u"Log");
    auto* menu = new QMenu(button);
    const auto add = [&](const QString& text, bool isX) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        connect(menu, &QMenu::aboutToShow, action,
            [this, action, isX] { action->setChecked(isX ? m_model.x.log : m_model.y.log); });
        connect(action, &QAction::triggered, this, [this, isX](bool on) { isX ? setLogX(on) : setLogY(on); });
    };
    if (x)
        add(tr("Log x axis"), true);
    if (y)
        add(tr("Log y axis"), false);
    button->setMenu(menu);
    button->setPopupMode(QToolButton::InstantPopup);
    return button;
}

void PlotView::resetView()
{
    m_canvas->resetView(m_model);
    m_canvas->replot(QCustomPlot::rpQueuedReplot);
    updateCrosshair();
}

QRectF PlotView::visibleRange() const
{
    const QCPRange x = m_canvas->xAxis->range();
    const QCPRange y = m_canvas->yAxis->range();
    return QRectF(QPointF(x.lower, y.lower), QPointF(x.upper, y.upper));
}

QPointF PlotView::toPixel(double x, double y) const
{
    return m_canvas->toPixel(x, y);
}

QString PlotView::readOut() const
{
    return m_readOut;
}

void PlotView::updateCrosshair()
{
    const std::optional<double> x = m_group->position();
    m_readOut.clear();
    if (!x) {
        m_overlay->setCrosshair(std::nullopt);
        return;
    }
    PlotOverlay::Crosshair crosshair;
    crosshair.area = m_canvas->plotArea();
    crosshair.locked = m_group->isLocked();
    double shown = *x;
    for (const PlotSeries& series : m_model.series) {
        const int index = followsCrosshair(series) ? nearestIndex(series, *x) : -1;
        if (index < 0)
            continue;
        const auto i = static_cast<std::size_t>(index);
        if (crosshair.lines.empty())
            shown = series.x[i];
        crosshair.lines.push_back(
            {series.slot, series.name, axisText(m_model.y, series.y[i]), m_canvas->toPixel(series.x[i], series.y[i])});
    }
    if (crosshair.lines.empty()) {
        m_overlay->setCrosshair(std::nullopt);
        return;
    }
    crosshair.pixelX = m_canvas->xAxis->coordToPixel(shown);
    crosshair.heading = QStringLiteral("%1 %2").arg(m_model.x.name, axisText(m_model.x, shown)).trimmed();
    m_readOut = crosshair.heading;
    for (const PlotOverlay::Line& line : crosshair.lines)
        m_readOut += QStringLiteral("\n%1 %2").arg(line.name, line.value);
    if (hasFocus())
        setAccessibleDescription(m_readOut);
    const bool inside = crosshair.pixelX >= crosshair.area.left() - 1 && crosshair.pixelX <= crosshair.area.right() + 1;
    m_overlay->setCrosshair(inside ? std::optional(std::move(crosshair)) : std::nullopt);
}

void PlotView::stepCrosshair(int steps)
{
    const auto series = std::find_if(m_model.series.begin(), m_model.series.end(), followsCrosshair);
    if (series == m_model.series.end())
        return;
    const int last = static_cast<int>(series->x.size()) - 1;
    int index = m_group->position() ? nearestIndex(*series, *m_group->position()) + steps : (steps > 0 ? 0 : last);
    index = std::clamp(index, 0, last);
    const double x = series->x[static_cast<std::size_t>(index)];
    m_group->isLocked() ? m_group->lock(x) : m_group->hover(x);
}

PlotView::Hit PlotView::pointAt(const QPointF& pixel) const
{
    Hit best;
    double nearest = hitRadius * hitRadius;
    for (std::size_t s = 0; s < m_model.series.size(); ++s) {
        const PlotSeries& series = m_model.series[s];
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            const QPointF d = m_canvas->toPixel(series.x[i], series.y[i]) - pixel;
            const double distance = QPointF::dotProduct(d, d);
            if (distance <= nearest) { // of marks in one place the one on top
                nearest = distance;
                best = {static_cast<int>(s), static_cast<int>(i)};
            }
        }
    }
    return best;
}

void PlotView::resizeEvent(QResizeEvent*)
{
    m_canvas->setGeometry(rect());
    m_overlay->setGeometry(rect());
    updateCrosshair();
}

void PlotView::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton)
        return;
    m_dragFrom = event->position();
    m_dragged = false;
    m_lasso.clear();
    if (event->modifiers() & Qt::AltModifier)
        m_lasso << event->position();
}

void PlotView::mouseMoveEvent(QMouseEvent* event)
{
    if (!m_dragFrom) {
        const bool inside = m_canvas->plotArea().adjusted(-2, -2, 2, 2).contains(event->position());
        m_group->hover(inside ? std::optional(m_canvas->toData(event->position()).x()) : std::nullopt);
        return;
    }
    if (!m_lasso.isEmpty()) {
        m_lasso << event->position();
        m_overlay->setLasso(m_lasso);
        return;
    }
    const QPointF moved = event->position() - *m_dragFrom;
    if (!m_dragged && moved.manhattanLength() < dragThreshold)
        return;
    m_dragged = true;
    m_canvas->pan(moved);
    m_dragFrom = event->position();
    updateCrosshair();
}

void PlotView::mouseReleaseEvent(QMouseEvent* event)
{
    if (!m_dragFrom)
        return;
    m_dragFrom.reset();
    if (m_lasso.size() > 2) {
        QPolygonF polygon;
        for (const QPointF& pixel : m_lasso)
            polygon << m_canvas->toData(pixel);
        emit lassoed(polygon);
    } else if (!m_dragged) {
        const Hit hit = pointAt(event->position());
        if (hit.series >= 0)
            emit pointClicked(hit.series, hit.index);
        if (m_group->isLocked())
            m_group->release();
        else
            m_group->lock(m_canvas->toData(event->position()).x());
    }
    m_lasso.clear();
    m_overlay->setLasso({});
}

void PlotView::mouseDoubleClickEvent(QMouseEvent*)
{
    resetView();
}

void PlotView::leaveEvent(QEvent*)
{
    m_group->hover(std::nullopt);
}

void PlotView::wheelEvent(QWheelEvent* event)
{
    const double turns = (event->angleDelta().y() + event->angleDelta().x()) / 120.0;
    const double factor = std::pow(zoomStep, turns);
    if (event->modifiers() & Qt::ShiftModifier)
        m_canvas->zoom(Qt::Vertical, factor, event->position().y());
    else
        m_canvas->zoom(Qt::Horizontal, factor, event->position().x());
    updateCrosshair();
    event->accept();
}

bool PlotView::handleViewKey(int key, Qt::KeyboardModifiers modifiers)
{
    const QPointF centre = m_canvas->plotArea().center();
    switch (key) {
    case Qt::Key_Plus:
    case Qt::Key_Equal: m_canvas->zoom(Qt::Horizontal, zoomStep, centre.x()); return true;
    case Qt::Key_Minus: m_canvas->zoom(Qt::Horizontal, 1 / zoomStep, centre.x()); return true;
    case Qt::Key_0: resetView(); return true;
    case Qt::Key_L:
        if (modifiers & Qt::ShiftModifier)
            setLogY(!m_model.y.log);
        else
            setLogX(!m_model.x.log);
        return true;
    default: break;
    }
    if (!(modifiers & Qt::ShiftModifier))
        return false;
    switch (key) {
    case Qt::Key_Left: m_canvas->pan({keyPanPixels, 0}); return true;
    case Qt::Key_Right: m_canvas->pan({-keyPanPixels, 0}); return true;
    case Qt::Key_Up: m_canvas->pan({0, keyPanPixels}); return true;
    case Qt::Key_Down: m_canvas->pan({0, -keyPanPixels}); return true;
    default: return false;
    }
}

void PlotView::keyPressEvent(QKeyEvent* event)
{
    if (handleViewKey(event->key(), event->modifiers())) {
        updateCrosshair();
        return;
    }
    switch (event->key()) {
    case Qt::Key_Left: stepCrosshair(-1); break;
    case Qt::Key_Right: stepCrosshair(1); break;
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (m_group->position())
            m_group->lock(*m_group->position());
        break;
    case Qt::Key_Escape: m_group->release(); break;
    default: QWidget::keyPressEvent(event);
    }
}

void PlotView::focusInEvent(QFocusEvent* event)
{
    m_overlay->setFocusRing(event->reason() != Qt::MouseFocusReason);
}

void PlotView::focusOutEvent(QFocusEvent*)
{
    m_overlay->setFocusRing(false);
    setAccessibleDescription(plotSummary(m_model));
}

ExportHeader PlotView::exportHeader() const
{
    return {m_model.title, m_model.protocolHash, m_model.seed};
}

QSizeF PlotView::exportSize() const
{
    return size().isEmpty() ? QSizeF(480, 300) : QSizeF(size());
}

void PlotView::drawForExport(QPainter& painter)
{
    m_canvas->show(m_model, Palette::light(), true);
    QPicture picture;
    {
        QCPPainter plotPainter(&picture);
        plotPainter.setMode(QCPPainter::pmVectorized);
        plotPainter.setMode(QCPPainter::pmNoCaching);
        m_canvas->toPainter(&plotPainter, qRound(exportSize().width()), qRound(exportSize().height()));
    }
    // drawPicture scales from the picture's resolution to the device's; the caller already did.
    painter.save();
    const double factor = static_cast<double>(picture.logicalDpiX()) / painter.device()->logicalDpiX();
    painter.scale(factor, factor);
    painter.drawPicture(0, 0, picture);
    painter.restore();
    rebuild(true);
}

QString PlotView::csv() const
{
    return plotCsv(m_model);
}

} // namespace recoscope
