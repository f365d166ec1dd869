// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The keys of a protocol as a form; those that are seldom set come out on request, and by themselves when one of them
// is not at its default. What is wrong with a text stands under the fields, and the last good protocol stays. GUI
// thread.
#pragma once

#include <map>

#include <QWidget>

#include "engine/data/protocol.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace recoscope {

class ProtocolForm : public QWidget {
    Q_OBJECT

public:
    // `name` is the stem of the object names: two forms may be open.
    explicit ProtocolForm(const QString& name, QWidget* parent = nullptr);

    const Protocol& protocol() const { return m_protocol; }
    void setProtocol(const Protocol& protocol); // does not emit
    void set(const QString& key, const QString& value); // emits when it is valid

signals:
    void changed();

private:
    void addCommonFields();
    void addRareFields();
    void showRare(bool shown);
    bool rareInUse() const;
    void addField(const QString& key, const QString& label, const QStringList& choices);
    void take(const QString& key, const QString& value);
    void show();

    QString m_name;
    Protocol m_protocol;
    std::map<QString, QComboBox*> m_fields;
    QLabel* m_error;
    QPushButton* m_more;
    int m_firstRare = 0, m_lastRare = -1; // rows of the form
    bool m_rareShown = false;
};

} // namespace recoscope
