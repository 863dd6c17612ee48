// SPDX-License-Identifier: Apache-2.0
#include "tests/support/runprogram.h"

#include "tests/support/tempdir.h"

#include <QJsonDocument>
#include <QProcess>

namespace ckptscope::test {

QJsonObject Ran::json() const
{
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(out, &error);
    if (error.error != QJsonParseError::NoError || !document.isObject() || !out.endsWith('\n') || out.endsWith("\n\n")) {
        qFatal("not one JSON document: %s\n%s", out.left(2000).constData(), err.constData());
    }
    return document.object();
}

Ran run(const QStringList& arguments, const QByteArray& input, const QString& folder)
{
    QProcess process;
    process.setProgram(QString::fromStdString(programPath("ckptscope")));
    process.setArguments(arguments);
    if (!folder.isEmpty()) {
        process.setWorkingDirectory(folder);
    }
    process.start();
    process.write(input);
    process.closeWriteChannel();
    Ran ran;
    if (process.waitForFinished(60000) && process.exitStatus() == QProcess::NormalExit) {
        ran.code = process.exitCode();
    } else {
        process.kill();
        process.waitForFinished();
    }
    ran.out = process.readAllStandardOutput();
    ran.err = process.readAllStandardError();
    return ran;
}

} // namespace ckptscope::test
