// SPDX-License-Identifier: Apache-2.0
// LABELS: slow
// A checkpoint whose every name is hostile, in every view, dock, dialog and tooltip, in every copy and every export.
#include "tests/support/gguffile.h"
#include "tests/support/safetensorsfile.h"
#include "tests/support/uiwalk.h"
#include "tests/support/windowfixture.h"
#include "ui/comparewindow.h"
#include "ui/copyas.h"
#include "ui/dialogs/convertdialog.h"
#include "ui/dialogs/fixdialog.h"
#include "ui/dialogs/metadatadialog.h"
#include "ui/dialogs/preferencesdialog.h"
#include "ui/dialogs/rulesdialog.h"
#include "ui/dialogs/shortcutsdialog.h"
#include "ui/text.h"
#include "ui/views/messagebar.h"
#include "ui/views/startpage.h"

#include <QClipboard>
#include <QDockWidget>
#include <QFile>
#include <QFileDialog>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTreeView>
#include <QXmlStreamReader>

#include <memory>
#include <sys/stat.h>

using namespace ckptscope;
using namespace ckptscope::ui;
using test::Patience;

namespace {

/// A text that wants to be more than text, in the middle of a name.
struct Attack {
    const char* name;
    std::string bytes;
    bool markup = false; ///< harmless as long as it is not taken for markup
};

const std::vector<Attack>& attacks()
{
    static const std::vector<Attack> All{
        {"newline", "ev\nil"},
        {"carriage return", "ev\ril"},
        {"tab", "ev\til"},
        {"terminal", "ev\x1b[31mil"},
        {"bell", "ev\ail"},
        {"C1 control", "ev\xc2\x9bil"},
        {"right to left", "ev\xe2\x80\xaeil"},
        {"isolate", "ev\xe2\x81\xa6il"},
        {"zero width", "ev\xe2\x80\x8bil"},
        {"line separator", "ev\xe2\x80\xa8il"},
        {"tag", "ev\xf3\xa0\x81\x81il"},
        {"markup", "<b>ev</b><img src=x onerror=alert(1)>il", true},
        {"entity", "ev&lt;b&gt;il&amp;", true},
        {"title marker", "ev[*]&il", true},
        {"place marker", "ev%1%2%nil", true},
        {"quotes", "ev\"'`il\\", true},
        {"long", std::string(5000, 'k'), true},
    };
    return All;
}

/// JSON text that reads back to these bytes.
std::string json(const std::string& text)
{
    const QByteArray list = QJsonDocument(QJsonArray{fromUtf8(text)}).toJson(QJsonDocument::Compact);
    return list.mid(1, list.size() - 2).toStdString();
}

bool formula(const QString& field)
{
    const QString text = field.trimmed();
    bool number = false;
    (void)text.toDouble(&number);
    return !text.isEmpty() && !number && QStringLiteral("=+-@\uff1d\uff0b\uff0d\uff20").contains(text.front());
}

/// Fields of a CSV file, as RFC 4180 has it; nullopt: it is not one.
std::optional<QList<QStringList>> csvFields(const QString& text, QChar separator = u',')
{
    QList<QStringList> lines{{}};
    for (qsizetype at = 0; at < text.size();) {
        QString field;
        if (text[at] == u'"') {
            for (++at;; ++at) {
                if (at >= text.size()) {
                    return std::nullopt;
                }
                if (text[at] == u'"' && (at + 1 == text.size() || text[at + 1] != u'"')) {
                    ++at;
                    break;
                }
                at += text[at] == u'"' ? 1 : 0;
                field += text[at];
            }
        } else {
            while (at < text.size() && text[at] != separator && text[at] != u'\r' && text[at] != u'\n') {
                if (text[at] == u'"') {
                    return std::nullopt;
                }
                field += text[at++];
            }
        }
        lines.back() << field;
        if (at < text.size() && text[at] == separator) {
            ++at;
        } else if (at < text.size()) {
            at += text[at] == u'\r' && at + 1 < text.size() && text[at + 1] == u'\n' ? 2 : 1;
            if (at < text.size()) {
                lines << QStringList();
            }
        }
    }
    return lines;
}

/// Markup in a Markdown table that is not made text by a backslash.
const QRegularExpression Unescaped(QStringLiteral("(^|[^\\\\])<(img|b)"));

QString contents(const QString& file)
{
    QFile in(file);
    return in.open(QIODevice::ReadOnly) ? QString::fromUtf8(in.readAll()) : QString();
}

} // namespace

class TestHostileViews : public QObject {
    Q_OBJECT

    std::unique_ptr<test::WindowFixture> m_fixture;
    MainWindow* m_window = nullptr;
    Attack m_attack;

    [[nodiscard]] QString raw() const { return fromUtf8(m_attack.bytes); }

    /// What is said with the attack at work; empty: nothing.
    [[nodiscard]] QString worked(const QWidget& window) const
    {
        constexpr qsizetype Longest = 7000; // a whole key of 5,000 in Details
        QStringList found;
        for (const test::ShownText& each : test::shownTexts(window)) {
            const bool obeyed = m_attack.markup ? each.rich && m_attack.bytes.front() == '<' && each.text.contains(raw()) : each.text.contains(raw());
            if (obeyed || (!each.rich && each.text.size() > Longest)) {
                found << each.where + QLatin1String(": ") + each.text.left(160);
            }
        }
        return found.join(u'\n');
    }
    void look(const QWidget& window) { QVERIFY2(worked(window).isEmpty(), qPrintable(worked(window))); }
    template<class Dialog>
    void lookAt(const char* action)
    {
        auto* dialog = m_fixture->template openDialog<Dialog>(action);
        QVERIFY2(dialog != nullptr, action);
        const auto writes = dialog->template findChildren<QPushButton*>(QRegularExpression(QStringLiteral("Write$")));
        if (!writes.isEmpty()) {
            (void)QTest::qWaitFor([&] { return writes.front()->isEnabled(); }, 3000);
        }
        look(*dialog);
        dialog->reject();
        QTRY_VERIFY(m_window->findChild<Dialog*>() == nullptr);
    }
    void everyDock()
    {
        for (const auto mode : {TensorView::Mode::Roles, TensorView::Mode::Tree, TensorView::Mode::Flat}) {
            m_window->tensorView()->setMode(mode);
            look(*m_window);
        }
        m_window->tensorView()->select(0);
        for (const char* name : {"details", "findings", "values", "histogram", "heatmap", "halflife", "map", "shards", "metadata"}) {
            QDockWidget* dock = m_window->dock(QLatin1String(name));
            dock->show();
            dock->raise();
            QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
            QCoreApplication::processEvents();
            for (auto* plot : dock->findChildren<Plot*>()) {
                plot->setFocus();
                QTest::keyClick(plot, Qt::Key_Right); // the readout names what stands there
                if (plot->isVisible() && !plot->summary().isEmpty()) {
                    const QString file = QString::fromStdString(m_fixture->dir.path(std::string(name) + ".svg"));
                    QCOMPARE(plot->save(file), QString());
                    QXmlStreamReader svg(contents(file));
                    while (!svg.atEnd()) {
                        svg.readNext();
                        QVERIFY(svg.name() != u"img" && svg.name() != u"b");
                    }
                    QVERIFY2(!svg.hasError(), qPrintable(svg.errorString()));
                    QVERIFY(m_attack.markup || !contents(file).contains(raw()));
                    const auto fields = csvFields(plot->csv());
                    QVERIFY(fields);
                    for (const QStringList& line : *fields) {
                        QVERIFY2(std::none_of(line.begin(), line.end(), formula), qPrintable(line.join(u'|')));
                    }
                }
            }
            look(*m_window);
        }
    }

private Q_SLOTS:
    void init()
    {
        m_fixture = std::make_unique<test::WindowFixture>();
        m_window = &m_fixture->window;
    }
    void cleanup() { m_fixture.reset(); }

    void allOfIt_data()
    {
        QTest::addColumn<int>("attack");
        for (std::size_t i = 0; i < attacks().size(); ++i) {
            QTest::newRow(attacks()[i].name) << int(i);
        }
    }

    /// A folder of two shards: keys, `__metadata__`, configuration, names of files and of the folder itself.
    [[nodiscard]] std::string folderOf(const std::string& name, bool whole = false) const
    {
        const std::string& evil = m_attack.bytes;
        std::string inName = evil.substr(0, 120); // a file's name may have 255 bytes
        std::replace_if(
            inName.begin(), inName.end(), [](char c) { return c == '/' || c == '\\'; }, '_');
        const std::string folder = name + "-" + inName;
        const std::string key = "model.layers.0." + evil + ".linear_attn.A_log";
        const std::string shard = "model-" + inName + "-00001-of-00002.safetensors";
        const std::string second = "model-" + inName + "-00002-of-00002.safetensors";
        const auto& dir = m_fixture->dir;
        dir.write(folder + '/' + shard,
                  test::SafetensorsFile()
                      .addValue("model.layers.0.linear_attn.A_log", "BF16", {4}, -1)
                      .addValue("model.layers.0.linear_attn.dt_bias", "BF16", {4}, 1)
                      .addValue(key, "BF16", {4, 2}, 3)
                      .metadata("format", "pt")
                      .metadata("note " + evil, "value " + evil)
                      .bytes());
        dir.write(folder + '/' + second, test::SafetensorsFile().addValue("second." + evil, "F32", {2}, 1).metadata("format", "pt").bytes());
        std::vector<std::pair<std::string, std::string>> index{
            {"model.layers.0.linear_attn.A_log", shard}, {"model.layers.0.linear_attn.dt_bias", shard}, {key, shard}, {"second." + evil, second}};
        if (!whole) {
            index.emplace_back("missing." + evil, "gone-" + inName + ".safetensors");
        }
        dir.write(folder + "/model.safetensors.index.json", test::indexJson(index, 40));
        dir.write(folder + "/config.json",
                  "{\"architectures\": [\"Qwen3NextForCausalLM\", " + json("Arch" + evil) + "], \"model_type\": " + json(evil) + ", "
                      + json("key " + evil) + ": " + json(evil) + "}");
        return dir.path(folder);
    }

    void allOfIt()
    {
        QFETCH(int, attack);
        m_attack = attacks()[static_cast<std::size_t>(attack)];
        QVERIFY(m_fixture->open(folderOf("model")));
        QVERIFY(m_window->document()->stored() >= 4);
        look(*m_window);
        everyDock();
        const std::string folder = folderOf("whole", true);
        QVERIFY(m_fixture->open(folder));
        lookAt<FixDialog>("file.review");
        lookAt<ConvertDialog>("file.convert");
        lookAt<RulesDialog>("help.rules");
        lookAt<ShortcutsDialog>("help.keys");
        lookAt<PreferencesDialog>("edit.preferences");
        // the metadata that a fix will write
        m_window->editMetadata("note " + m_attack.bytes, "other " + m_attack.bytes);
        look(*m_window);
        // what compares
        CompareWindow* compare = m_window->compare({folder}, {folderOf("other")});
        QTRY_VERIFY_WITH_TIMEOUT(compare->idle() && compare->state(), Patience);
        compare->compareValues();
        QTRY_VERIFY_WITH_TIMEOUT(compare->idle(), Patience);
        compare->findChild<QAbstractButton*>(QStringLiteral("onlyDifferences"))->setChecked(false);
        for (int row = 0; row < compare->view()->model()->rowCount(); ++row) {
            compare->view()->setCurrentIndex(compare->view()->model()->index(row, 0));
            QTRY_VERIFY_WITH_TIMEOUT(compare->idle(), Patience);
            look(*compare);
        }
        compare->close();
        m_window->action(QStringLiteral("edit.undo"))->trigger(); // else opening another asks first
        // what tells of files that are not there, and the list of what was open
        m_window->open({folder + "-nothing"});
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->messages()->count() != 0, Patience);
        look(*m_window);
        m_window->closeDocument();
        look(*m_window);
    }

    void copies_data() { allOfIt_data(); }
    void copies()
    {
        QFETCH(int, attack);
        m_attack = attacks()[static_cast<std::size_t>(attack)];
        QVERIFY(m_fixture->open(folderOf("model")));
        m_window->tensorView()->setMode(TensorView::Mode::Flat);
        m_window->tensorView()->view()->setFocus();
        m_window->tensorView()->view()->selectAll();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle(), Patience);
        const auto copied = [this](const char* action) {
            QGuiApplication::clipboard()->clear();
            m_window->action(QLatin1String(action))->trigger();
            return QGuiApplication::clipboard()->text();
        };
        const auto rows = static_cast<qsizetype>(m_window->document()->size());
        const QString key = fromUtf8("second." + m_attack.bytes);
        // a pasted table keeps its cells
        const QStringList table = copied("edit.copy").split(u'\n');
        QCOMPARE(table.size(), rows + 1);
        for (const QString& line : table) {
            QCOMPARE(line.count(u'\t'), table.front().count(u'\t'));
            QVERIFY(m_attack.markup || !line.contains(raw()));
        }
        const QStringList markdown = copied("edit.copyMarkdown").split(u'\n');
        QCOMPARE(markdown.size(), rows + 2);
        for (const QString& line : markdown) {
            QVERIFY(!line.contains(Unescaped) && (m_attack.markup || !line.contains(raw())));
        }
        const auto csv = csvFields(copied("edit.copyCsv"));
        QVERIFY(csv);
        QCOMPARE(csv->size(), rows + 1);
        for (const QStringList& line : *csv) {
            QCOMPARE(line.size(), csv->front().size());
            QVERIFY(std::none_of(line.begin(), line.end(), formula));
        }
        // what a program reads has the true names
        const QJsonDocument objects = QJsonDocument::fromJson(copied("edit.copyJson").toUtf8());
        QVERIFY(objects.isArray());
        bool found = false;
        for (const QJsonValue& each : objects.array()) {
            found = found || each.toObject().value(QLatin1String("name")).toString() == key;
        }
        QVERIFY(found);
        QVERIFY(copied("edit.copyKey").contains(key));
        QVERIFY(m_attack.markup || !copied("edit.copyPython").contains(raw()));
        // an expression that finds just these again
        m_window->tensorView()->select(
            m_window->document()->checkpoint().indexOf(*m_window->document()->checkpoint().find("second." + m_attack.bytes)));
        const QString expression = copied("edit.copyFilter");
        const auto filter = Filter::parse(toUtf8(expression));
        QVERIFY(std::holds_alternative<Filter>(filter));
        QCOMPARE(applyFilter(*m_window->document(), std::get<Filter>(filter)).count, std::uint64_t{1});
    }

    void exports_data() { allOfIt_data(); }
    void exports()
    {
        QFETCH(int, attack);
        m_attack = attacks()[static_cast<std::size_t>(attack)];
        QVERIFY(m_fixture->open(folderOf("model")));
        const auto saved = [this](const char* name, bool table) {
            const QString file = QString::fromStdString(m_fixture->dir.path(name));
            table ? m_window->exportTable(file) : m_window->exportReport(file);
            if (!QTest::qWaitFor([this] { return m_window->idle(); }, Patience)) {
                return QString();
            }
            return contents(file);
        };
        const auto csv = csvFields(saved("t.csv", true));
        QVERIFY(csv && csv->size() == qsizetype(m_window->document()->size()) + 1);
        for (const QStringList& line : *csv) {
            QVERIFY(std::none_of(line.begin(), line.end(), formula));
        }
        QVERIFY(QJsonDocument::fromJson(saved("t.json", true).toUtf8()).isArray());
        const QString markdown = saved("t.md", true);
        QCOMPARE(markdown.trimmed().count(u'\n'), qsizetype(m_window->document()->size()) + 1);
        QVERIFY(!markdown.contains(Unescaped));
        QVERIFY(QJsonDocument::fromJson(saved("r.json", false).toUtf8()).isObject());
        QVERIFY(QJsonDocument::fromJson(saved("r.sarif", false).toUtf8()).isObject());
        const QString page = saved("r.html", false);
        QVERIFY(page.contains(QLatin1String("</html>")));
        const QString text = saved("r.txt", false);
        QVERIFY(!text.isEmpty());
        for (const QString& each : {page, text}) {
            QVERIFY(m_attack.markup || !each.contains(raw()));
        }
        QVERIFY(!page.contains(QLatin1String("<img")) && !page.contains(QLatin1String("<b>ev")));
    }

    void formulas_data()
    {
        QTest::addColumn<QString>("key");
        for (const char* key : {"=cmd|'/c calc'!A1", "+1+cmd", "-2+3", "@SUM(1)", " =1+1", "\t=1+1", "\n=1+1", "\r=1+1", "\uff1dcmd", "\u200b=1"}) {
            QTest::addRow("%s", qPrintable(QString::fromUtf8(key).toHtmlEscaped())) << QString::fromUtf8(key);
        }
    }
    void formulas()
    {
        QFETCH(QString, key);
        const std::string path = m_fixture->dir.write(
            "m.safetensors", test::SafetensorsFile().addValue(toUtf8(key), "F32", {2}, 1).metadata(toUtf8(key), toUtf8(key)).bytes());
        QVERIFY(m_fixture->open(path));
        m_window->tensorView()->select(0);
        m_window->action(QStringLiteral("edit.copyCsv"))->trigger();
        const auto fields = csvFields(QGuiApplication::clipboard()->text());
        QVERIFY(fields && fields->size() == 2);
        QVERIFY2(!formula(fields->at(1).at(0)), qPrintable(fields->at(1).at(0)));
        QVERIFY(!formula(csvCell(key)));
    }

    /// Bytes that are no UTF-8, in a folder's and a file's name and in GGUF's keys, values and tensors.
    void bytesThatAreNoText()
    {
        m_attack = {"invalid UTF-8", "ev\xff\xc0il"};
        const auto& dir = m_fixture->dir;
        const std::string folder = dir.path("model-ev\xff\xc0il");
        QVERIFY(::mkdir(folder.c_str(), 0700) == 0);
        dir.write("model-ev\xff\xc0il/model.safetensors",
                  test::SafetensorsFile().addValue("model.layers.0.linear_attn.A_log", "BF16", {4}, -1).bytes());
        dir.write("model-ev\xff\xc0il/config.json", "{\"architectures\": [\"Qwen3NextForCausalLM\"]}");
        QVERIFY(m_fixture->open(folder));
        QVERIFY2(m_window->windowTitle().contains(QLatin1String("ev\\xff\\xc0il")), qPrintable(m_window->windowTitle()));
        look(*m_window);
        everyDock();
        lookAt<FixDialog>("file.review");
        // a copy beside it, under its own name
        m_window->action(QStringLiteral("file.fix"))->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->onReceipt(), Patience);
        QVERIFY(dir.exists("model-ev\xff\xc0il-fixed"));
        look(*m_window);
        m_window->findChild<QPushButton*>(QStringLiteral("receiptOpen"))->click();
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->document()->paths().front() == folder + "-fixed", Patience);
        // dropped, and from the list of recent ones
        m_window->closeDocument();
        look(*m_window);
        Q_EMIT m_window->findChild<StartPage*>()->openRequested(fromPath(folder));
        QTRY_VERIFY_WITH_TIMEOUT(m_window->idle() && m_window->document() && m_window->document()->paths().front() == folder, Patience);

        const std::string gguf = dir.write("a.gguf",
                                           test::GgufFile()
                                               .string("general.architecture", "qwen3next")
                                               .string("key " + m_attack.bytes, "value " + m_attack.bytes)
                                               .tensor("blk.0." + m_attack.bytes, {4}, 0, 0)
                                               .data(std::string(16, '\0'))
                                               .bytes());
        QVERIFY(m_fixture->open(gguf));
        everyDock();
        m_window->tensorView()->select(0);
        m_window->action(QStringLiteral("edit.copy"))->trigger();
        QVERIFY(!QGuiApplication::clipboard()->text().contains(QChar(0xfffd)));
    }

    void pickles_data() { allOfIt_data(); }
    void pickles()
    {
        QFETCH(int, attack);
        m_attack = attacks()[static_cast<std::size_t>(attack)];
        const auto text = [](const std::string& bytes) {
            const auto size = static_cast<std::uint32_t>(bytes.size());
            return std::string("X") + static_cast<char>(size & 0xffU) + static_cast<char>(size >> 8U) + std::string(2, '\0') + bytes;
        };
        const std::string& evil = m_attack.bytes;
        const std::string pickle = "\x80\x04}" + text("key " + evil) + text("mod" + evil) + text("name" + evil) + "\x93" + text("arg " + evil)
            + "\x85Rs" + text("plain " + evil) + text("value " + evil) + "s.";
        QVERIFY(m_fixture->open(m_fixture->dir.write("evil.pt", pickle)));
        everyDock();
    }
};

QTEST_MAIN(TestHostileViews)
#include "tst_hostileviews.moc"
