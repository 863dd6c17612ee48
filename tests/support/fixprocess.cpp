// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fixprocess.h"

#include <QProcess>
#include <QProcessEnvironment>
#include <QThread>

namespace ckptscope::test {

FixProcess runFix(const std::string& source, const std::string& output, const QStringList& words, const QString& fault, int killAfterMs)
{
    const QString folder = QStringLiteral(CKPTSCOPE_TEST_BIN_DIR);
    QProcess process;
    auto environment = QProcessEnvironment::systemEnvironment();
    if (!fault.isEmpty()) {
        environment.insert("LD_PRELOAD", folder + "/ckptscope_faults.so");
        environment.insert("CKPTSCOPE_FAULT", fault);
    }
    // Under a sanitizer: its run-time library need not come first, and a killed or failing run is not asked about leaks.
    environment.insert("ASAN_OPTIONS", "verify_asan_link_order=0:detect_leaks=0");
    process.setProcessEnvironment(environment);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(folder + "/ckptscope_fixonce", QStringList {QString::fromStdString(source), QString::fromStdString(output)} + words);
    if (!process.waitForStarted()) {
        qFatal("ckptscope_fixonce does not start");
    }
    if (killAfterMs >= 0) {
        QThread::msleep(static_cast<unsigned long>(killAfterMs));
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

} // namespace ckptscope::test
