// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QJsonObject>
#include <QStringList>

namespace ckptscope::test {

struct Ran {
    int code = -1; ///< -1: it crashed or did not end in a minute
    QByteArray out;
    QByteArray err;
    /// Standard output as one JSON document with one line end behind it; ends the test where it is none.
    [[nodiscard]] QJsonObject json() const;
};

/// Runs this build's `ckptscope` in `folder` (empty: here), with nothing but `input` on standard input.
[[nodiscard]] Ran run(const QStringList& arguments, const QByteArray& input = {}, const QString& folder = {});

} // namespace ckptscope::test
