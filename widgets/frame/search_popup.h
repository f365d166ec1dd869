// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// A searchable list under a chip or in the middle of the window: type to narrow, arrows and Return to choose, Esc to
// leave. The provider is asked for the best matches of each text, so the list may stand for millions. GUI thread.
#pragma once

#include <functional>
#include <vector>

#include <QFrame>
#include <QString>

class QLineEdit;
class QListWidget;

namespace recoscope {

class Theme;

struct Choice {
    QString id;
    QString text;
    QString detail; // grey, behind the text
    QString icon = {}; // name, or empty
    int slot = -1; // run shape, or -1
};

class SearchPopup : public QFrame {
    Q_OBJECT

public:
    // Finds at most `limit` choices for `text`, best first, and delivers them at once or later; what comes for an older
    // text is left out. Long lists are searched by a job.
    using Deliver = std::function<void(std::vector<Choice>)>;
    using Provider = std::function<void(const QString& text, int limit, Deliver deliver)>;
    using Chosen = std::function<void(const Choice&)>;

    SearchPopup(Theme& theme, const QString& prompt, Provider provider, Chosen chosen, QWidget* parent);
    void openBelow(QWidget* anchor);
    void openCentred(QWidget* window);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void refill();
    void fill(std::vector<Choice> choices);
    void choose(int row);

    Theme& m_theme;
    Provider m_provider;
    Chosen m_chosen;
    QLineEdit* m_text;
    QListWidget* m_list;
    std::vector<Choice> m_choices;
    int m_asked = 0; // counts the texts
};

// Case-insensitive choice of `limit` entries that contain `text`; those that start with it come first.
std::vector<Choice> matching(const std::vector<Choice>& all, const QString& text, int limit);

} // namespace recoscope
