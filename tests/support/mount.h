// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/tempdir.h"

#include <QString>
#include <QStringList>

#include <cstdint>
#include <string>

namespace ckptscope::test {

/// Runs a program, looked for in /usr/sbin and /sbin as well; true where it exits 0 within two minutes.
bool succeeds(const QString& program, const QStringList& arguments);

/// A real file system, loop-mounted or in memory, that goes when the object does. Needs root.
class Mount {
public:
    /// `kind`: "xfs", "btrfs", "ext4", or "tmpfs". `why()` says what was missing. Mounted at `place` of the folder, its
    /// image beside it.
    Mount(const TempDir& dir, const std::string& kind, std::uint64_t bytes, const QString& options = {}, const std::string& place = "mounted");
    /// An image that exists, for instance a copy of another one's.
    Mount(const TempDir& dir, const std::string& image, const QString& options, const std::string& place);
    ~Mount();
    Mount(const Mount&) = delete;
    Mount& operator=(const Mount&) = delete;
    [[nodiscard]] const QString& why() const { return m_why; } ///< empty: mounted
    [[nodiscard]] std::string path(const std::string& name) const { return m_place + '/' + name; }
    [[nodiscard]] const std::string& image() const { return m_image; } ///< empty for tmpfs

private:
    void mountImage(const QString& options);

    std::string m_place;
    std::string m_image;
    QString m_why;
    bool m_mounted = false;
};

} // namespace ckptscope::test
