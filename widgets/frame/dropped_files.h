// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// What may be opened, or dropped on the window: run bundles (.recoscope), checkpoints (.safetensors) and data files (all
// others, folders too). By name only: nothing is read here.
#pragma once

#include <QFrame>
#include <QStringList>

class QLabel;
class QMimeData;

namespace recoscope {

class Theme;

struct DroppedFiles {
    QStringList data, bundles, checkpoints;
    bool isEmpty() const { return data.isEmpty() && bundles.isEmpty() && checkpoints.isEmpty(); }
};

DroppedFiles sortedFiles(const QStringList& files);
DroppedFiles droppedFiles(const QMimeData& mime); // local files only
QString dropSentence(const DroppedFiles& files); // "Drop to import ratings.csv"

// Over the window while files are held above it: says what a drop will do.
class DropHint : public QFrame {
    Q_OBJECT

public:
    DropHint(Theme& theme, QWidget* window); // hidden
    void showOver(const QRect& area, const QString& sentence);
    QString sentence() const;

private:
    QLabel* m_icon;
    QLabel* m_text;
};

} // namespace recoscope
