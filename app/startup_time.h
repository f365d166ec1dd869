// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// How long the program takes from its start, the loading of libraries included, until the window is painted and until
// the selected dataset is shown. For `recoscope --startup-time`. GUI thread.
#pragma once

#include <QObject>

namespace recoscope {

class Workbench;

class StartupTime : public QObject {
    Q_OBJECT

public:
    // `withDataset`: wait for a dataset to be open and painted too. Prints a line and quits the application then.
    StartupTime(Workbench& workbench, bool withDataset, QObject* parent = nullptr);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void onPainted();

    Workbench& m_workbench;
    bool m_withDataset;
    bool m_reported = false;
    bool m_waiting = false;
    double m_firstPaint = -1.0;
};

} // namespace recoscope
