// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/tokens/population_bar.h"

#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/core/formatting.h"
#include "widgets/frame/buttons.h"

namespace recoscope {

PopulationBar::PopulationBar(QWidget* parent)
    : QWidget(parent)
    , m_words(makeLabel({}, "caption"))
    , m_button(makeButton(tr("Measure over users"), QStringLiteral("tokensPopulation")))
{
    setNames(this, QStringLiteral("tokensPopulationBar"), tr("Accuracy over all users"));
    setNames(m_words, QStringLiteral("tokensPopulationWords"), tr("Whose accuracy it is"));
    m_words->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 6, 12, 4);
    column->setSpacing(6);
    column->addWidget(m_words);
    column->addWidget(m_button, 0, Qt::AlignLeft);
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (m_measuring)
            emit cancelRequested();
        else
            emit measureRequested();
    });
}

void PopulationBar::showFor(const TokensData& data, const TokenPopulation* population, bool measuring)
{
    m_measuring = measuring;
    showWords(data, population);
    m_button->setVisible(!population);
    showButton(data, measuring);
}

void PopulationBar::showWords(const TokensData& data, const TokenPopulation* population)
{
    if (!population) {
        m_words->setText(tr("ΔNDCG is of this one user at the test target."));
        m_words->setToolTip({});
        return;
    }
    QString words = tr("ΔNDCG: mean of %n user(s) with tokens, of %1, at their validation targets against all items; "
                       "protocol %2. Red or green: 95 % CI excludes 0.",
        nullptr, static_cast<int>(population->users))
                        .arg(format::count(population->evaluated), data.run->protocolHash);
    if (data.sawValidation)
        words += tr(" The weights were trained on these targets, too.");
    m_words->setText(words);
    m_words->setToolTip(format::wrapped(tr(
        "%1\nNDCG@10 with all tokens: %2 %3. Of each token: those users who have it. Intervals of paired "
        "differences, by Student's t, each row for itself. Target, Shared and Move are of the one user that is shown.")
                                            .arg(QString::fromStdString(data.run->data().protocol().summary()),
                                                format::accuracy(population->allTokens.mean),
                                                format::halfWidth(population->allTokens.halfWidth95))));
}

void PopulationBar::showButton(const TokensData& data, bool measuring)
{
    const auto users = static_cast<int>(data.validationUsers);
    m_button->setText(measuring ? tr("Cancel") : tr("Measure over %n user(s)", nullptr, users));
    setNames(m_button, m_button->objectName(),
        measuring ? tr("Cancel measuring over all users") : tr("Measure what each token is worth over all users"));
    m_button->setEnabled(measuring || users > 0);
    m_button->setToolTip(format::wrapped(users > 0
            ? tr("Reads every user who has tokens before the validation target, without each token in turn. It runs in "
                 "the background; the bar below the window tells how far it is.")
            : tr("No user has a history long enough for tokens before the validation target.")));
}

} // namespace recoscope
