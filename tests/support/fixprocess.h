// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QStringList>

#include <map>
#include <string>

namespace ckptscope::test {

/// How a repair in a process of its own ended (support/programs/fixonce.cpp).
struct FixProcess {
    bool killed = false;
    int exitCode = -1;
    QString word;                  ///< "done", "nothing" or an error's id
    quint64 shared = 0;            ///< bytes, for "done"
    std::map<std::string, int> calls; ///< with fault "count"
};

/// `fault` goes to CKPTSCOPE_FAULT and preloads support/programs/faults.c; empty: neither. `killAfterMs` >= 0: SIGKILL then.
FixProcess runFix(const std::string& source, const std::string& output, const QStringList& words = {}, const QString& fault = {}, int killAfterMs = -1);

} // namespace ckptscope::test
