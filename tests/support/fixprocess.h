// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QMap>
#include <QString>
#include <QStringList>

#include <map>
#include <string>

namespace ckptscope::test {

/// How a repair in a process of its own ended (support/programs/fixonce.cpp).
struct FixProcess {
    bool killed = false;
    int exitCode = -1;
    QString word;                     ///< "done", "nothing" or an error's id
    quint64 shared = 0;               ///< bytes, for "done"
    std::map<std::string, int> calls; ///< with fault "count"
};

/// What is preloaded into it, and how it is run.
struct FixSetting {
    QStringList libraries; ///< preloaded, first come first asked: "ckptscope_faults", "ckptscope_trace", "ckptscope_clock"
    QMap<QString, QString> environment;
    QStringList through;     ///< a program in front of it and its arguments: {"setpriv", ...}
    qint64 killAfterUs = -1; ///< >= 0: SIGKILL after so many microseconds
};
FixProcess runFixWith(const std::string& source, const std::string& output, const QStringList& words, const FixSetting& setting);

/// `fault` goes to CKPTSCOPE_FAULT and preloads support/programs/faults.c; empty: neither. `killAfterMs` >= 0: SIGKILL then.
FixProcess runFix(const std::string& source, const std::string& output, const QStringList& words = {}, const QString& fault = {},
                  int killAfterMs = -1);

/// From now on every TempDir lies in memory where there is a /dev/shm, unless TMPDIR says where: for tests that flush thousands of times, and
/// ask what was flushed rather than how long that takes.
void useMemoryForTempDirs();

} // namespace ckptscope::test
