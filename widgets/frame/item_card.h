// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// The Item card: what the catalogue says about the selected item, how popular it is and when the selected user met it.
// Reads in a job, and only while it is seen. GUI thread.
#pragma once

#include <memory>

#include <QWidget>

#include "engine/data/catalogue.h"

class QFormLayout;
class QLabel;
class QScrollArea;
class QStackedWidget;

namespace recoscope {

class Dataset;
struct WorkbenchContext;

class ItemCard : public QWidget {
    Q_OBJECT

public:
    explicit ItemCard(WorkbenchContext& context, QWidget* parent = nullptr);

protected:
    void showEvent(QShowEvent* event) override;

private:
    struct Facts {
        ItemRecord item;
        std::int64_t events = 0;
        std::int64_t place = 0; // by events, 1 = most popular
        std::vector<std::int64_t> meetings; // positions in the user's history, 1 = oldest
        std::int64_t historyLength = 0;
    };
    static Facts readFacts(const Dataset& dataset, int item, int user);
    void load();
    void show(const Facts& facts);
    void addFact(const QString& name, const QString& value);

    WorkbenchContext& m_context;
    QStackedWidget* m_stack;
    QLabel* m_title;
    QLabel* m_categories;
    QLabel* m_description;
    QFormLayout* m_facts;
};

} // namespace recoscope
