// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Export button of the Data page: prepared events, statistics or lint findings as CSV. Asks for a file and writes
// it in a job. GUI thread.
#pragma once

#include <functional>

#include <QPushButton>

#include "engine/data/prepared.h"

namespace recoscope {

struct JobFailure;
struct WorkbenchContext;

class ExportMenu : public QPushButton {
    Q_OBJECT

public:
    ExportMenu(WorkbenchContext& context, std::function<Protocol()> protocol, QWidget* parent = nullptr);

signals:
    void failed(const recoscope::JobFailure& failure);

private:
    using Writer = std::function<void(const PreparedData&, const Path&, Progress&)>;
    void addEntry(const QString& text, const QString& name, const QString& suffix, Writer write);
    void ask(const QString& suffix, const Writer& write);

    WorkbenchContext& m_context;
    std::function<Protocol()> m_protocol;
};

} // namespace recoscope
