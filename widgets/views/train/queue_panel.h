// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The queue: runs that wait (drag to reorder, Del removes), runs that ended since the program started, and runs that a
// closed or broken program left behind, each of which can be resumed. GUI thread.
#pragma once

#include <optional>
#include <vector>

#include "engine/store/store.h"
#include "widgets/frame/palette.h"
#include "widgets/frame/panel.h"

class QListWidget;
class QPushButton;
class QStackedWidget;

namespace recoscope {

struct WorkbenchContext;

class QueuePanel : public Panel {
    Q_OBJECT

public:
    explicit QueuePanel(WorkbenchContext& context, QWidget* parent = nullptr);

signals:
    void resumeRequested(const recoscope::RunId& id);
    void runChosen(const recoscope::RunId& id); // a row that ended: show its curves

private:
    enum class Kind { Waiting, Ended, LeftBehind };
    struct Row {
        QString id, name, detail, chip;
        StatusTone tone = StatusTone::Neutral;
        Kind kind = Kind::Waiting;
        bool operator==(const Row&) const = default;
    };
    void refresh();
    std::vector<Row> rows() const;
    std::optional<Row> rowOf(const RunId& id, Kind kind) const;
    void fill(const std::vector<Row>& rows);
    void updateHeader();
    void updateButtons();
    void onMoved();
    RunId currentRun() const;
    std::vector<RunId> leftBehind() const;

    WorkbenchContext& m_context;
    QListWidget* m_list;
    QStackedWidget* m_stack;
    QPushButton* m_clear;
    QPushButton* m_remove;
    QPushButton* m_resume;
    std::vector<Row> m_rows;
    bool m_moving = false;
};

} // namespace recoscope
