// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// Under the table of what each token is worth: whose accuracy it shows, and the way to measure it over all users. GUI
// thread.
#pragma once

#include <QWidget>

#include "engine/inspection/token_population.h"
#include "widgets/views/tokens/tokens_data.h"

class QLabel;
class QPushButton;

namespace recoscope {

class PopulationBar : public QWidget {
    Q_OBJECT

public:
    explicit PopulationBar(QWidget* parent = nullptr);

    // `population` is null until it was measured.
    void showFor(const TokensData& data, const TokenPopulation* population, bool measuring);

signals:
    void measureRequested();
    void cancelRequested();

private:
    void showWords(const TokensData& data, const TokenPopulation* population);
    void showButton(const TokensData& data, bool measuring);

    QLabel* m_words;
    QPushButton* m_button;
    bool m_measuring = false;
};

} // namespace recoscope
