// SPDX-License-Identifier: Apache-2.0
#include "tests/support/mount.h"

#include <QProcess>
#include <QProcessEnvironment>

#include <sys/mount.h>
#include <unistd.h>

namespace ckptscope::test {

bool succeeds(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert("PATH", environment.value("PATH") + ":/usr/sbin:/sbin");
    process.setProcessEnvironment(environment);
    process.start("env", QStringList{program} + arguments);
    return process.waitForFinished(120000) && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
}

Mount::Mount(const TempDir& dir, const std::string& kind, std::uint64_t bytes, const QString& options, const std::string& place)
    : m_place(dir.folder(place))
{
    if (::geteuid() != 0) {
        m_why = "mounting needs root";
        return;
    }
    if (kind == "tmpfs") {
        m_mounted = succeeds("mount", {"-t", "tmpfs", "-o", QString("size=%1").arg(bytes), "none", QString::fromStdString(m_place)});
        m_why = m_mounted ? QString() : QString("tmpfs cannot be mounted here");
        return;
    }
    m_image = dir.sparse(place + "-image", bytes);
    QStringList make{QString::fromStdString(m_image)};
    if (kind == "xfs") {
        make = QStringList{"-q", "-m", "reflink=1"} + make;
    } else {
        make.prepend("-q");
    }
    if (!succeeds(QString::fromStdString("mkfs." + kind), make)) {
        m_why = QString::fromStdString("there is no mkfs." + kind);
        return;
    }
    mountImage(options);
}

Mount::Mount(const TempDir& dir, const std::string& image, const QString& options, const std::string& place)
    : m_place(dir.folder(place))
    , m_image(image)
{
    mountImage(options);
}

Mount::~Mount()
{
    if (m_mounted) {
        ::umount2(m_place.c_str(), MNT_DETACH);
    }
}

void Mount::mountImage(const QString& options)
{
    const QString place = QString::fromStdString(m_place);
    m_mounted = succeeds("mount", {"-o", options.isEmpty() ? QString("loop") : "loop," + options, QString::fromStdString(m_image), place});
    m_why = m_mounted ? QString() : QString::fromStdString(m_image + " cannot be mounted here");
}

} // namespace ckptscope::test
