// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/frame/icons.h"

#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

#include "widgets/frame/palette.h"

namespace recoscope {

namespace {

QString fileOf(const QString& name)
{
    return QStringLiteral(":/icons/%1.svg").arg(name);
}

QByteArray colouredSvg(const QString& name, const QColor& colour)
{
    QFile file(fileOf(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QByteArray svg = file.readAll();
    svg.replace("currentColor", colour.name().toLatin1());
    svg.replace("stroke-width=\"2\"", "stroke-width=\"1.75\"");
    return svg;
}

class PaletteIconEngine : public QIconEngine {
public:
    PaletteIconEngine(QString name, const QColor& normal, const QColor& disabled)
        : m_name(std::move(name))
        , m_normal(normal)
        , m_disabled(disabled)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        QSvgRenderer renderer(colouredSvg(m_name, mode == QIcon::Disabled ? m_disabled : m_normal));
        renderer.render(painter, rect);
    }
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        return scaledPixmap(size, mode, state, 1.0);
    }
    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal) override
    {
        const QColor& colour = mode == QIcon::Disabled ? m_disabled : m_normal;
        return iconPixmap(m_name, colour, std::min(size.width(), size.height()), 1.0);
    }
    QIconEngine* clone() const override { return new PaletteIconEngine(*this); }
    QString key() const override { return QStringLiteral("recoscope"); }

private:
    QString m_name;
    QColor m_normal;
    QColor m_disabled;
};

} // namespace

bool hasIcon(const QString& name)
{
    return QFile::exists(fileOf(name));
}

QPixmap iconPixmap(const QString& name, const QColor& colour, int size, double pixelRatio)
{
    const int pixels = qRound(size * pixelRatio);
    const QString key = QStringLiteral("%1/%2/%3/%4").arg(name, colour.name()).arg(pixels).arg(pixelRatio);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    pixmap = QPixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    if (hasIcon(name)) {
        QSvgRenderer renderer(colouredSvg(name, colour));
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        renderer.render(&painter, QRectF(0, 0, pixels, pixels));
    }
    pixmap.setDevicePixelRatio(pixelRatio);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

QIcon makeIcon(const QString& name, const QColor& normal, const QColor& disabled)
{
    return hasIcon(name) ? QIcon(new PaletteIconEngine(name, normal, disabled)) : QIcon();
}

QIcon makeIcon(const QString& name, const Palette& palette)
{
    return makeIcon(name, palette.text2, palette.border);
}

} // namespace recoscope
