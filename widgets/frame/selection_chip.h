// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// One chip of the selection bar: caption over value, run shape, arrow. Click, Space, Return or Down opens its list;
// dropping a run or dataset row sets it. Paints itself. GUI thread.
#pragma once

#include <QAbstractButton>

namespace recoscope {

class Theme;

// What rows put on the clipboard of a drag: the id as UTF-8.
inline constexpr const char* runMimeType = "application/x-recoscope-run";

class SelectionChip : public QAbstractButton {
    Q_OBJECT

public:
    SelectionChip(Theme& theme, const QString& caption, const QString& name, QWidget* parent = nullptr);

    void setSlot(int slot) { m_slot = slot; }
    void setValue(const QString& value); // "" shows an em dash
    QString value() const { return m_value; }
    void setAcceptsRuns(bool accepts);
    void setPreferredWidth(int width) { m_width = width; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void runDropped(const QString& id);

protected:
    void paintEvent(QPaintEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    Theme& m_theme;
    QString m_caption;
    QString m_value;
    int m_slot = -1;
    int m_width = 100;
};

} // namespace recoscope
