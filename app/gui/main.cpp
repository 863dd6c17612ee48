// SPDX-License-Identifier: Apache-2.0
#include "ui/comparewindow.h"
#include "ui/icons.h"
#include "ui/jobs/jobstrip.h"
#include "ui/mainwindow.h"
#include "ui/settings.h"
#include "ui/text.h"
#include "ui/theme.h"
#include "ui/translation.h"
#include "ui/views/dtypebar.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QFile>
#include <QTimer>

#include <cstdio>
#include <map>
#include <optional>
#include <string>

using namespace ckptscope::ui;

namespace {

/// "1280x820"; nullopt: not a size.
std::optional<QSize> parseWindowSize(const QString& text)
{
    const QStringList parts = text.split(QLatin1Char('x'));
    bool wide = false;
    bool high = false;
    const int width = parts.size() == 2 ? parts[0].toInt(&wide) : 0;
    const int height = parts.size() == 2 ? parts[1].toInt(&high) : 0;
    constexpr int Largest = 16384;
    return wide && high && width > 0 && height > 0 && width <= Largest && height <= Largest ? std::optional(QSize(width, height)) : std::nullopt;
}

int complain(const QString& text)
{
    std::fprintf(stderr, "ckptscope-gui: %s\n", qPrintable(text));
    return 2;
}

/// Waits until nothing runs any more, saves a picture of the window, and ends the program: 0, or 2 where something
/// failed.
void takePicture(MainWindow& window, const QString& file)
{
    auto* timer = new QTimer(&window);
    timer->setInterval(50);
    auto* failed = new bool(false);
    QObject::connect(timer, &QObject::destroyed, [failed] { delete failed; });
    QObject::connect(&window, &MainWindow::openFailed, timer, [failed] { *failed = true; });
    QObject::connect(timer, &QTimer::timeout, &window, [&window, file, timer, failed, quiet = 0]() mutable {
        // a few quiet rounds: what a job's end started may itself start a job, and layouts settle
        constexpr int Rounds = 6;
        quiet = window.idle() && (window.compareWindow() == nullptr || window.compareWindow()->idle()) ? quiet + 1 : 0;
        if (quiet < Rounds) {
            return;
        }
        timer->stop();
        QWidget* shown = window.compareWindow() != nullptr ? static_cast<QWidget*>(window.compareWindow()) : &window;
        const bool saved = shown->grab().save(file);
        if (!saved) {
            std::fprintf(stderr, "ckptscope-gui: %s cannot be written\n", qPrintable(file));
        }
        QCoreApplication::exit(saved && !*failed ? 0 : 2);
    });
    timer->start();
}

} // namespace

int main(int argc, char** argv)
{
    // Arguments by their bytes: the name of a file need not be UTF-8, and Qt keeps only what is.
    std::map<QString, std::string> bytesOf;
    for (int i = 1; i < argc; ++i) {
        bytesOf.try_emplace(QString::fromLocal8Bit(argv[i]), argv[i]);
    }
    QGuiApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    QApplication app(argc, argv);
    QApplication::setApplicationName(QStringLiteral("ckptscope"));
    QApplication::setApplicationDisplayName({});
    QApplication::setOrganizationName(QStringLiteral("ckptscope"));
    QApplication::setApplicationVersion(QStringLiteral(CKPTSCOPE_VERSION));
    QGuiApplication::setDesktopFileName(QStringLiteral("ckptscope"));
    installTranslations(app);
    installAccessibility();

    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate(
        "main", "Opens a model checkpoint, says which tensors lost the precision that their model needs, and repairs it."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("PATH"),
                                 QCoreApplication::translate("main", "a file, a folder, an index, or several shards of one checkpoint"),
                                 QStringLiteral("[PATH...]"));
    const auto option = [&parser](const char* name, const char* text, const char* value = "") {
        const QCommandLineOption made(QLatin1String(name), QCoreApplication::translate("main", text), QLatin1String(value));
        parser.addOption(made);
        return made;
    };
    const auto filter = option("filter", "show only tensors that match EXPR", "EXPR");
    const auto select = option("select", "select the tensor with this key", "KEY");
    const auto profile = option("profile", "the rules that judge: default or nemo-automodel", "NAME");
    const auto rules = option("rules", "a further rule file; may be given several times", "FILE");
    const auto view = option(
        "view", "roles, tree, flat, or the dock to show: details, findings, values, histogram, heatmap, halflife, map, shards, metadata", "NAME");
    const auto theme = option("theme", "system, light or dark", "THEME");
    const auto settingsFile = option("settings", "keep settings in FILE instead of the user's own", "FILE");
    const auto screenshot = option("screenshot", "wait until no job runs, save the window as FILE, exit", "FILE.png");
    const auto size = option("size", "size of the window, 1280x820 for instance", "WxH");
    const auto demo = option("demo", "open a fresh copy of the demo checkpoint");
    const auto compare = option("compare", "compare the two PATHs");
    const auto follow = option("follow", "follow symbolic links that leave the checkpoint's folder");
    parser.process(app);

    std::optional<QSize> windowSize;
    if (parser.isSet(size)) {
        windowSize = parseWindowSize(parser.value(size));
        if (!windowSize) {
            return complain(QCoreApplication::translate("main", "--size: '%1' is not a size such as 1280x820").arg(parser.value(size)));
        }
    }
    static const QStringList views{QStringLiteral("roles"),     QStringLiteral("tree"),    QStringLiteral("flat"),     QStringLiteral("details"),
                                   QStringLiteral("findings"),  QStringLiteral("shards"),  QStringLiteral("metadata"), QStringLiteral("values"),
                                   QStringLiteral("histogram"), QStringLiteral("heatmap"), QStringLiteral("halflife"), QStringLiteral("map")};
    if (parser.isSet(view) && !views.contains(parser.value(view))) {
        return complain(QCoreApplication::translate("main", "--view: '%1' is none of %2").arg(parser.value(view), views.join(QLatin1String(", "))));
    }
    static const QStringList themes{QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")};
    if (parser.isSet(theme) && !themes.contains(parser.value(theme))) {
        return complain(
            QCoreApplication::translate("main", "--theme: '%1' is none of %2").arg(parser.value(theme), themes.join(QLatin1String(", "))));
    }
    if (parser.isSet(demo) && !parser.positionalArguments().isEmpty()) {
        return complain(QCoreApplication::translate("main", "--demo opens the demo; a PATH cannot be opened with it"));
    }

    if (parser.isSet(compare) && parser.positionalArguments().size() != 2) {
        return complain(QCoreApplication::translate("main", "--compare needs two checkpoints"));
    }

    Settings settings(parser.value(settingsFile));
    const bool themeGiven = parser.isSet(theme);
    applyTheme(app, themeGiven ? themeFromName(parser.value(theme)) : settings.preferences().theme);
    QObject::connect(&settings, &Settings::preferencesChanged, &app, [&] {
        if (!themeGiven) {
            applyTheme(app, settings.preferences().theme);
        }
    });
    QApplication::setWindowIcon(appIcon());

    MainWindow window(&settings);
    if (windowSize) {
        window.resize(*windowSize);
    }
    window.show();
    WindowRequest request;
    const QStringList paths = parser.positionalArguments();
    for (const QString& path : paths) {
        const auto bytes = bytesOf.find(path);
        request.paths.push_back(bytes != bytesOf.end() ? bytes->second : toPath(path));
    }
    request.demo = parser.isSet(demo);
    request.compare = parser.isSet(compare);
    request.filter = parser.value(filter);
    request.select = toUtf8(parser.value(select));
    request.profile = parser.value(profile);
    request.rules = parser.values(rules);
    request.view = parser.value(view);
    request.followOutside = parser.isSet(follow);
    if (parser.isSet(screenshot)) {
        takePicture(window, parser.value(screenshot));
    }
    window.carryOut(request);
    return QApplication::exec();
}
