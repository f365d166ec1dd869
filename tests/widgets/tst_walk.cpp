// SPDX-FileCopyrightText: Recoscope contributors
// SPDX-License-Identifier: MIT
#include <QAbstractItemView>
#include <QAccessible>
#include <QAction>
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QMetaMethod>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>

#include <set>

#include "planted_sweep.h"
#include "widgets/frame/elided_label.h"
#include "widgets/frame/focus_order.h"
#include "window_world.h"

using namespace recoscope;

// Walks over every widget of every page: names, live controls, text that fits, a focus that is seen.
class WalkTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_world = std::make_unique<WindowWorld>();
        plantSweep(*m_world->workspace, {"sizes"});
    }
    void cleanupTestCase() { m_world.reset(); }
    void cleanup() { m_world->window.reset(); }

    void everyWidgetHasAName()
    {
        open();
        std::set<QString> missing;
        for (const QWidget* widget : m_world->window->findChildren<QWidget*>()) {
            if (isPartOfAnother(widget))
                continue;
            QAccessibleInterface* interface = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
            if (!interface || interface->text(QAccessible::Name).isEmpty())
                missing.insert(pathOf(widget));
        }
        report(missing);
    }

    void nothingIsDead()
    {
        open();
        std::set<QString> dead;
        for (const QString& id : m_world->window->viewIds()) {
            show(id);
            for (QAbstractButton* button : m_world->window->findChildren<QAbstractButton*>()) {
                // A box of a form is read when the form is used.
                const bool isValue = qobject_cast<QCheckBox*>(button);
                if (button->isVisible() && button->isEnabled() && !isValue && !isPartOfAnother(button)
                    && !isAlive(button))
                    dead.insert(id + QStringLiteral(": ") + pathOf(button));
            }
        }
        for (QAction* action : m_world->window->findChildren<QAction*>()) {
            const bool isOwn = !action->isSeparator() && !action->menu() && !action->text().isEmpty();
            if (isOwn && action->isEnabled() && !isConnected(action, "triggered(bool)")
                && !isConnected(action, "toggled(bool)"))
                dead.insert(QStringLiteral("action ") + action->text());
        }
        report(dead);
    }

    void textFits_data()
    {
        QTest::addColumn<QSize>("size");
        QTest::addColumn<double>("scale");
        QTest::addColumn<bool>("changed"); // while the window is open
        QTest::newRow("1440x900") << QSize(1440, 900) << 1.0 << false;
        QTest::newRow("1120x700") << QSize(1120, 700) << 1.0 << false;
        QTest::newRow("1440x900 150 %") << QSize(1440, 900) << 1.5 << false;
        QTest::newRow("1440x900 150 %, changed") << QSize(1440, 900) << 1.5 << true;
    }

    void textFits()
    {
        QFETCH(QSize, size);
        QFETCH(double, scale);
        QFETCH(bool, changed);
        if (!changed)
            m_world->theme->setTextScale(scale);
        open(size);
        m_world->theme->setTextScale(scale);
        std::set<QString> clipped;
        for (const QString& id : m_world->window->viewIds()) {
            show(id);
            const QWidget* page = m_world->window->view(id);
            const QSize least = page->minimumSizeHint();
            const QSize room = page->parentWidget()->size();
            // A low window or large text may scroll a page, but never sideways.
            const bool mayScroll = size.height() < 900 || scale > 1.0;
            if (least.width() > room.width() || (least.height() > room.height() && !mayScroll))
                clipped.insert(QStringLiteral("%1 needs %2 x %3, has %4 x %5")
                                   .arg(id)
                                   .arg(least.width())
                                   .arg(least.height())
                                   .arg(room.width())
                                   .arg(room.height()));
            m_world->picture(*m_world->window, QStringLiteral("%1-%2").arg(id, QLatin1String(QTest::currentDataTag())));
            // Text that changed this moment, such as the memory in the status line, has its place with the next event.
            QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
            for (const QWidget* widget : m_world->window->findChildren<QWidget*>()) {
                if (!widget->isVisible() || widget->visibleRegion().isEmpty())
                    continue;
                if (const QString how = clippedText(widget); !how.isEmpty())
                    clipped.insert(id + QStringLiteral(": ") + pathOf(widget) + QStringLiteral(": ") + how);
            }
        }
        m_world->theme->setTextScale(1.0);
        report(clipped);
    }

    void focusIsSeen()
    {
        open();
        std::set<QString> unseen;
        for (const QString& id : m_world->window->viewIds()) {
            QWidget* page = show(id);
            for (QWidget* stop : tabStops(page)) {
                if (!stop->isVisible() || !stop->isEnabled() || stop->visibleRegion().isEmpty())
                    continue;
                m_world->window->setFocus();
                const QImage without = stop->grab().toImage();
                stop->setFocus(Qt::TabFocusReason);
                if (stop->hasFocus() && stop->grab().toImage() == without)
                    unseen.insert(id + QStringLiteral(": ") + pathOf(stop));
            }
        }
        report(unseen);
    }

    void tabGoesThroughTheRegionsInOrder()
    {
        open();
        for (const QString& id : m_world->window->viewIds()) {
            QWidget* page = show(id);
            const QList<QWidget*> regions{m_world->find<QWidget>("rail"), m_world->find<QWidget>("selectionBar"), page,
                m_world->find<QWidget>("statusBar")};
            m_world->find<QToolButton>("homeRailButton")->setFocus(Qt::TabFocusReason);
            qsizetype region = 0;
            std::set<QWidget*> visited;
            QWidgetList order;
            for (QWidget* at = QApplication::focusWidget(); at && visited.insert(at).second;
                 at = QApplication::focusWidget()) {
                qsizetype now = region;
                for (qsizetype i = 0; i < regions.size(); ++i) {
                    if (regions[i]->isAncestorOf(at))
                        now = i;
                }
                QVERIFY2(now >= region, qPrintable(id + QStringLiteral(": ") + pathOf(at)));
                region = now;
                order << at;
                QTest::keyClick(at, Qt::Key_Tab);
                QVERIFY2(QApplication::focusWidget() != at, qPrintable(id + QStringLiteral(": ") + pathOf(at)));
            }
            QStringList path;
            for (const QWidget* stop : order.mid(std::max<qsizetype>(0, order.size() - 6)))
                path << pathOf(stop);
            QVERIFY2(region == regions.size() - 1, qPrintable(id + QStringLiteral(": ") + path.join(u'\n')));
        }
    }

private:
    void open(const QSize& size = {1440, 900})
    {
        m_world->openWindow(size);
        SelectionState state = m_world->selection->state();
        state.item = 3;
        m_world->selection->restore(state);
        for (const QString& id : m_world->window->viewIds())
            show(id);
    }

    QWidget* show(const QString& id)
    {
        m_world->window->openView(id);
        m_world->settle();
        QTest::qWait(0);
        return m_world->window->view(id);
    }

    static QString pathOf(const QWidget* widget)
    {
        QString path
            = QStringLiteral("%1 '%2'").arg(QLatin1String(widget->metaObject()->className()), widget->objectName());
        if (const auto* label = qobject_cast<const QLabel*>(widget))
            path += QStringLiteral(" \"%1\"").arg(label->text());
        if (const auto* button = qobject_cast<const QAbstractButton*>(widget))
            path += QStringLiteral(" \"%1\"").arg(button->text());
        for (const QWidget* parent = widget->parentWidget(); parent; parent = parent->parentWidget()) {
            if (!parent->objectName().isEmpty())
                return path + QStringLiteral(" in ") + parent->objectName();
        }
        return path;
    }

    static void report(const std::set<QString>& problems)
    {
        for (const QString& problem : problems)
            qWarning("%s", qPrintable(problem));
        QVERIFY2(problems.empty(), "see the lines above");
    }

    // Layout helpers and the inner parts of Qt's own controls, which the control speaks for.
    static bool isPartOfAnother(const QWidget* widget)
    {
        static const std::set<QByteArray> helpers{"QWidget", "QStackedWidget", "QSplitter", "QSplitterHandle",
            "QScrollBar", "QHeaderView", "QStatusBar", "QSizeGrip", "QTabWidget", "QRubberBand", "QMenuBar", "QMenu",
            "QTableCornerButton", "QAbstractScrollAreaScrollBarContainer", "QTableViewCornerButton", "QCommonListView",
            "QComboBoxListView", "QComboBoxPrivateContainer", "QComboBoxPrivateScroller", "QMainWindowTabBar",
            "QDockWidgetGroupWindow", "QDockWidgetTitleButton", "QLineEditIconButton", "QExpandingLineEdit"};
        const QByteArray type = widget->metaObject()->className();
        if (helpers.contains(type) || widget->objectName().startsWith(QStringLiteral("qt_"))
            || widget->inherits("QCustomPlot"))
            return true;
        // What is only painted over another widget.
        if (widget->testAttribute(Qt::WA_TransparentForMouseEvents) && widget->findChildren<QWidget*>().isEmpty()
            && !qobject_cast<const QLabel*>(widget))
            return true;
        // A label without text is a picture beside a text; a bare frame is a line or a ground.
        const auto* label = qobject_cast<const QLabel*>(widget);
        if (type == "QFrame" || (label && label->text().isEmpty()))
            return true;
        // Arrows of tab bars and the like.
        const QWidget* parent = widget->parentWidget();
        return parent && (parent->inherits("QTabBar") || parent->inherits("QAbstractSpinBox"));
    }

    struct Probe : QObject {
        using QObject::isSignalConnected;
    };

    static bool isConnected(const QObject* object, const char* signal)
    {
        const int index = object->metaObject()->indexOfSignal(signal);
        return index >= 0 && (object->*(&Probe::isSignalConnected))(object->metaObject()->method(index));
    }

    static bool isAlive(const QAbstractButton* button)
    {
        if (const auto* tool = qobject_cast<const QToolButton*>(button);
            tool && (tool->menu() || tool->defaultAction()))
            return true;
        if (const auto* push = qobject_cast<const QPushButton*>(button); push && push->menu())
            return true;
        for (const char* signal : {"clicked(bool)", "toggled(bool)", "pressed()", "released()"}) {
            if (isConnected(button, signal))
                return true;
        }
        const QButtonGroup* group = button->group();
        return group
            && (isConnected(group, "idClicked(int)") || isConnected(group, "idToggled(int,bool)")
                || isConnected(group, "buttonClicked(QAbstractButton*)"));
    }

    static QString needs(const char* what, int needed, int has)
    {
        return needed <= has ? QString() : QStringLiteral("%1 %2 of %3").arg(QLatin1String(what)).arg(has).arg(needed);
    }

    // "" when all text of the widget is seen.
    static QString clippedText(const QWidget* widget)
    {
        if (const auto* label = qobject_cast<const QLabel*>(widget))
            return clippedLabel(*label);
        if (const auto* bar = qobject_cast<const QTabBar*>(widget))
            return bar->count() == 0 ? QString() : needs("tabs", bar->tabRect(bar->count() - 1).right(), bar->width());
        if (const auto* box = qobject_cast<const QComboBox*>(widget)) {
            constexpr int frameAndArrow = 8 + 22;
            const int text = box->fontMetrics().horizontalAdvance(box->currentText());
            const QString wide = needs("choice", text + frameAndArrow, box->width());
            return wide.isEmpty() ? needs("height", box->fontMetrics().height(), box->height() - 2) : wide;
        }
        if (const auto* header = qobject_cast<const QHeaderView*>(widget))
            return header->orientation() == Qt::Horizontal ? clippedHeader(*header) : QString();
        const auto* button = qobject_cast<const QAbstractButton*>(widget);
        const bool isPainted = button && !button->inherits("QPushButton") && !button->inherits("QToolButton")
            && !button->inherits("QCheckBox") && !button->inherits("QRadioButton");
        if (!button || isPainted || button->text().isEmpty())
            return {};
        if (const auto* tool = qobject_cast<const QToolButton*>(button);
            tool && tool->toolButtonStyle() == Qt::ToolButtonIconOnly && !tool->icon().isNull())
            return {};
        const QString wide = needs("width", button->sizeHint().width(), button->width() + 1);
        return wide.isEmpty() ? needs("height", button->fontMetrics().height(), button->height()) : wide;
    }

    static QString clippedLabel(const QLabel& label)
    {
        if (label.text().isEmpty())
            return {};
        const QRect room = label.contentsRect();
        if (label.wordWrap())
            return needs("height", label.heightForWidth(label.width()), label.height() + 1);
        const QSize text = label.fontMetrics().size(Qt::TextExpandTabs, label.text());
        const bool givesWay = label.sizePolicy().horizontalPolicy() == QSizePolicy::Ignored;
        if (!givesWay && !qobject_cast<const ElidedLabel*>(&label)) {
            if (const QString wide = needs("width", text.width(), room.width() + 1); !wide.isEmpty())
                return wide;
        }
        return needs("height", text.height(), room.height() + 1);
    }

    static QString clippedHeader(const QHeaderView& header)
    {
        constexpr int padding = 16;
        for (int i = 0; header.model() && i < header.count(); ++i) {
            const QString title = header.model()->headerData(i, Qt::Horizontal).toString();
            if (header.isSectionHidden(i) || header.sectionResizeMode(i) == QHeaderView::Stretch)
                continue; // what is left of the width; Qt elides its title
            QFont font = header.font();
            font.setWeight(QFont::Medium);
            const int text = QFontMetrics(font).horizontalAdvance(title);
            if (const QString wide = needs("column", text + padding, header.sectionSize(i)); !wide.isEmpty())
                return title + u' ' + wide;
        }
        return {};
    }

    std::unique_ptr<WindowWorld> m_world;
};

QTEST_MAIN(WalkTest)
#include "tst_walk.moc"
