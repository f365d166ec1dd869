// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A panel of a page: header (title, grey subtitle with unit or population, controls, Export, Enlarge) and one content
// widget. Enlarge floats the content as a dock widget; closing that brings it back. While new content is computed the
// old one stays at 60 % under a thin bar; after a second the header says what is being done. GUI thread.
#pragma once

#include <QFrame>
#include <QPointer>
#include <QTimer>

class QDockWidget;
class QGraphicsOpacityEffect;
class QHBoxLayout;
class QLabel;
class QProgressBar;
class QToolButton;
class QVBoxLayout;

namespace recoscope {

class Exportable;
class Theme;

class Panel : public QFrame {
    Q_OBJECT

public:
    // `name` is the object name stem ("popularity" gives "popularityPanel").
    Panel(Theme& theme, const QString& title, const QString& name, QWidget* parent = nullptr);
    ~Panel() override;

    void setTitle(const QString& title);
    void setSubtitle(const QString& subtitle);
    void addControl(QWidget* control); // right of the title, before Export and Enlarge
    void setContent(QWidget* content); // owned; replaces nothing (call once)
    QWidget* content() const { return m_content; }
    // Shows Export; `source` is usually the content and lives as long as it.
    void setExportable(Exportable* source);
    Exportable* exportable() const { return m_exportable; }
    void setEnlargeable(bool enlargeable);
    // Margins inside the body; default 12, 0, 12, 12. Tables use 0, 0, 0, 0.
    void setBodyMargins(int left, int top, int right, int bottom);

    // Loading state; `text` is shown after a second.
    void setLoading(bool loading, const QString& text = {});

public slots:
    void enlarge();

private:
    void bringBack();
    void showLoading();

    Theme& m_theme;
    QLabel* m_title;
    QLabel* m_subtitle;
    QHBoxLayout* m_controls;
    QToolButton* m_export;
    QToolButton* m_enlarge;
    QProgressBar* m_bar;
    QVBoxLayout* m_body;
    QWidget* m_content = nullptr;
    Exportable* m_exportable = nullptr;
    QPointer<QDockWidget> m_dock;
    QTimer m_loadingTimer;
    QString m_quietSubtitle;
    QString m_loadingText;
    bool m_loading = false;
};

} // namespace recoscope
