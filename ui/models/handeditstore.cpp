// SPDX-License-Identifier: Apache-2.0
#include "ui/models/handeditstore.h"

#include "ui/text.h"

#include <QCoreApplication>

namespace ckptscope::ui {

namespace {

QString say(const char* text)
{
    return QCoreApplication::translate("ckptscope::ui::HandEditStore", text);
}

} // namespace

HandEdits HandEditStore::edits() const
{
    const std::scoped_lock lock(m_mutex);
    return m_edits;
}

void HandEditStore::set(HandEdits edits)
{
    const std::scoped_lock lock(m_mutex);
    m_edits = std::move(edits);
    ++m_version;
}

bool HandEditStore::empty() const
{
    const std::scoped_lock lock(m_mutex);
    return m_edits.empty();
}

std::uint64_t HandEditStore::version() const
{
    const std::scoped_lock lock(m_mutex);
    return m_version;
}

QString HandEditStore::text(std::uint32_t tensor) const
{
    const std::scoped_lock lock(m_mutex);
    if (!m_edits.has(tensor)) {
        return {};
    }
    if (const auto cast = m_edits.casts.find(tensor); cast != m_edits.casts.end()) {
        return QStringLiteral("\u2192 %1").arg(fromUtf8(dtypeName(cast->second)));
    }
    return m_edits.drops.contains(tensor) ? say(QT_TRANSLATE_NOOP("ckptscope::ui::HandEditStore", "dropped"))
        : m_edits.donor.contains(tensor)  ? say(QT_TRANSLATE_NOOP("ckptscope::ui::HandEditStore", "donor"))
                                          : say(QT_TRANSLATE_NOOP("ckptscope::ui::HandEditStore", "left out"));
}

} // namespace ckptscope::ui
