// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Asks what a checkpoint of a public code base does not say itself: the dataset it was trained on, the protocol, its
// heads and the like, and the raw ids of its items. Only gathers; nothing is read or written. GUI thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <QDialog>

#include "engine/core/schema.h"
#include "engine/training/adopted_weights.h"
#include "engine/workspace/workspace.h"

class QComboBox;
class QLineEdit;
class QFormLayout;

namespace recoscope {

class ProtocolForm;
struct WorkbenchContext;

class AdoptDialog : public QDialog {
    Q_OBJECT

public:
    AdoptDialog(WorkbenchContext& context, const QString& file, const ForeignKind& kind, QWidget* parent);

signals:
    void adoptionChosen(const recoscope::Workspace::Adoption& adoption);

private:
    void addAsked(const Parameter& asked, QFormLayout& form);
    void chooseItems();
    void choose();

    const QString m_file;
    const ForeignKind m_kind;
    QComboBox* m_dataset;
    std::map<std::string, std::function<Json()>> m_answers; // by setting; read when Adopt is pressed
    QLineEdit* m_items;
    ProtocolForm* m_protocol;
};

} // namespace recoscope
