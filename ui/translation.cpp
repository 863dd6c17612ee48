// SPDX-License-Identifier: Apache-2.0
#include "ui/translation.h"

#include <QCoreApplication>
#include <QLibraryInfo>

#ifdef CKPTSCOPE_HAS_CATALOGUES
static void initCatalogues() // the macro must stand outside of a namespace
{
    Q_INIT_RESOURCE(translations);
}
#else
static void initCatalogues() { }
#endif

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

QString EnglishPlurals::translate(const char*, const char* sourceText, const char*, int n) const
{
    if (n < 0 || sourceText == nullptr) {
        return {}; // null: the source's own words, or an older translator's
    }
    return pick(QString::fromUtf8(sourceText), n);
}

QString EnglishPlurals::pick(QString text, int n)
{
    text.replace("(s)"_L1, n == 1 ? ""_L1 : "s"_L1);
    for (qsizetype open = text.indexOf(u'('); open >= 0; open = text.indexOf(u'(', open + 1)) {
        const qsizetype bar = text.indexOf(u'|', open);
        const qsizetype close = text.indexOf(u')', open);
        if (bar < 0 || close < bar) {
            continue; // a parenthesis like any other
        }
        const QString chosen = n == 1 ? text.mid(open + 1, bar - open - 1) : text.mid(bar + 1, close - bar - 1);
        text.replace(open, close - open + 1, chosen);
    }
    return text;
}

void installTranslations(QCoreApplication& app, const QLocale& locale)
{
    initCatalogues();
    const auto add = [&app](QTranslator* translator, bool found) {
        if (found) {
            QCoreApplication::installTranslator(translator);
        } else {
            delete translator;
        }
        Q_UNUSED(app);
    };
    QCoreApplication::installTranslator(new EnglishPlurals(&app));
    auto* qt = new QTranslator(&app);
    add(qt, qt->load(locale, u"qtbase"_s, u"_"_s, QLibraryInfo::path(QLibraryInfo::TranslationsPath)));
    auto* own = new QTranslator(&app);
    add(own, own->load(locale, u"ckptscope"_s, u"_"_s, u":/translations"_s));
}

} // namespace ckptscope::ui
