// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
//
// "Get MovieLens": which archive, how large, and its terms, which have to be accepted before anything is fetched.
#pragma once

#include <string>

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;

namespace recoscope {

class Theme;

class DownloadDialog : public QDialog {
    Q_OBJECT

public:
    explicit DownloadDialog(Theme& theme, QWidget* parent = nullptr);
    std::string archive() const; // name of the chosen one

private:
    void show(int index);

    QComboBox* m_archives;
    QLabel* m_description;
    QPlainTextEdit* m_terms;
    QCheckBox* m_accept;
    QPushButton* m_get;
};

} // namespace recoscope
