// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Beside the run table: all runs, folders, tags, datasets and the bin, each with how many runs it holds. What is chosen
// survives a reload as long as it exists. GUI thread.
#pragma once

#include <string>

#include <QTreeWidget>

#include "widgets/views/runs/run_snapshot.h"

namespace recoscope {

class Theme;

struct RunGroup {
    enum class Kind { All, Folder, Tag, Dataset, Bin };
    Kind kind = Kind::All;
    std::string name; // of a folder, tag or dataset

    bool contains(const RunRecord& run) const; // the bin holds other runs than the rest: all of them
    bool operator==(const RunGroup&) const = default;
};

class RunGroups : public QTreeWidget {
    Q_OBJECT

public:
    explicit RunGroups(Theme& theme, QWidget* parent = nullptr);

    void setSnapshot(const RunSnapshot& snapshot); // quiet: no chosenChanged
    void chooseAll();
    const RunGroup& chosen() const { return m_chosen; }
    QString title() const; // of what is chosen

signals:
    void chosenChanged();

private:
    QTreeWidgetItem* addGroup(QTreeWidgetItem* parent, const QString& text, int count, const RunGroup& group);
    void colourHeadings();
    void addSection(const QString& title, const std::map<std::string, int>& entries, RunGroup::Kind kind);

    Theme& m_theme;
    RunGroup m_chosen;
};

} // namespace recoscope
