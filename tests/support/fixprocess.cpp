// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fixprocess.h"

#include <QProcess>
#include <QProcessEnvironment>
#include <QThread>

#include <unistd.h>

namespace ckptscope::test {

FixProcess runFix(const std::string& source, const std::string& output, const QStringList& words, const QString& fault, int killAfterMs)
{
    FixSetting setting;
    if (!fault.isEmpty()) {
        setting.libraries = QStringList{"ckptscope_faults"};
        setting.environment = {{"CKPTSCOPE_FAULT", fault}};
    }
    setting.killAfterUs = killAfterMs < 0 ? -1 : qint64(killAfterMs) * 1000;
    return runFixWith(source, output, words, setting);
}

FixProcess runFixWith(const std::string& source, const std::string& output, const QStringList& words, const FixSetting& setting)
{
    const QString folder = QStringLiteral(CKPTSCOPE_TEST_BIN_DIR);
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    QStringList libraries;
    for (const QString& library : setting.libraries) {
        libraries << folder + '/' + library + ".so";
    }
    if (!libraries.isEmpty()) {
        environment.insert("LD_PRELOAD", libraries.join(' '));
    }
    for (auto it = setting.environment.begin(); it != setting.environment.end(); ++it) {
        environment.insert(it.key(), it.value());
    }
    // Under a sanitizer: its run-time library need not come first, and a killed or failing run is not asked about leaks.
    environment.insert("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0");
    process.setProcessEnvironment(environment);
    process.setProcessChannelMode(QProcess::MergedChannels);
    QStringList command = setting.through;
    command << folder + "/ckptscope_fixonce" << QString::fromStdString(source) << QString::fromStdString(output) << words;
    process.start(command.first(), command.mid(1));
    if (!process.waitForStarted()) {
        qFatal("ckptscope_fixonce does not start");
    }
    if (setting.killAfterUs >= 0) {
        QThread::usleep(static_cast<unsigned long>(setting.killAfterUs));
        process.kill();
    }
    if (!process.waitForFinished(60000)) {
        qFatal("ckptscope_fixonce hangs");
    }
    FixProcess out;
    out.killed = process.exitStatus() == QProcess::CrashExit;
    out.exitCode = process.exitCode();
    for (const QString& line : QString::fromUtf8(process.readAll()).split('\n', Qt::SkipEmptyParts)) {
        const QStringList parts = line.split(' ');
        bool number = false;
        const int count = parts.value(1).toInt(&number);
        if (parts.size() == 2 && number) {
            out.calls[parts.first().toStdString()] = count;
        } else {
            out.word = parts.first();
            out.shared = parts.value(2).toULongLong();
        }
    }
    return out;
}

void useMemoryForTempDirs()
{
    constexpr const char* Memory = "/dev/shm";
    if (!qEnvironmentVariableIsSet("TMPDIR") && ::access(Memory, W_OK | X_OK) == 0) {
        qputenv("TMPDIR", Memory);
    }
}

} // namespace ckptscope::test
