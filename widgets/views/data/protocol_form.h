// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The keys of a protocol as a form: filter, split, mask, length, ties. Text keys show their error under the field and
// the last good protocol stays. GUI thread.
#pragma once

#include <map>

#include <QWidget>

#include "engine/data/protocol.h"

class QComboBox;
class QLabel;

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
    void addField(const QString& key, const QString& label, const QStringList& choices);
    void take(const QString& key, const QString& value);
    void show();

    QString m_name;
    Protocol m_protocol;
    std::map<QString, QComboBox*> m_fields;
    QLabel* m_error;
};

} // namespace recoscope
