// SPDX-License-Identifier: Apache-2.0
#include "ui/theme.h"

#include <QAbstractScrollArea>
#include <QApplication>
#include <QCoreApplication>
#include <QPainter>
#include <QProxyStyle>
#include <QStyleOption>

#include <algorithm>
#include <array>
#include <cmath>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(ckptscope::ui::Mark)
};

/// Fusion draws a line edit's edge at 1.14:1 against our dark window: this draws it in Mid, and in Link while it has focus.
class FusionFixes : public QProxyStyle {
public:
    FusionFixes()
        : QProxyStyle(u"fusion"_s)
    {
    }

    void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override
    {
        if (element == PE_PanelLineEdit) {
            if (const auto* panel = qstyleoption_cast<const QStyleOptionFrame*>(option)) {
                if (panel->lineWidth > 0) {
                    drawLineEdit(*panel, painter, true);
                } else {
                    painter->fillRect(panel->rect, panel->palette.brush(QPalette::Base)); // inside a spin box or an editable combo
                }
                return;
            }
        }
        if (element == PE_FrameLineEdit) {
            if (const auto* frame = qstyleoption_cast<const QStyleOptionFrame*>(option)) {
                drawLineEdit(*frame, painter, false);
                return;
            }
        }
        if (element == PE_IndicatorCheckBox || element == PE_IndicatorItemViewItemCheck) {
            drawCheckBox(*option, element == PE_IndicatorItemViewItemCheck, painter);
            return;
        }
        if (element == PE_IndicatorRadioButton) {
            drawRadioButton(*option, painter);
            return;
        }
        if (element == PE_Frame && qobject_cast<const QAbstractScrollArea*>(widget) != nullptr) {
            // Fusion's frame is a darker window, which a dark window swallows.
            painter->save();
            painter->setPen(option->state.testFlag(State_HasFocus) ? option->palette.color(QPalette::Link) : frameLine(option->palette));
            painter->drawRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5));
            painter->restore();
            return;
        }
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }

    QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents, const QWidget* widget) const override
    {
        QSize size = QProxyStyle::sizeFromContents(type, option, contents, widget);
        if (type == CT_PushButton) {
            size = QSize(size.width() + 12, std::max(size.height(), 26)); // Fusion leaves a long text no room at its sides
        }
        return size;
    }

    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override
    {
        constexpr int TabSpace = 14; // eight docks' names fit into the smallest window
        return metric == PM_TabBarTabHSpace ? TabSpace : QProxyStyle::pixelMetric(metric, option, widget);
    }

    void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter, const QWidget* widget) const override
    {
        const auto* button = element == CE_PushButtonLabel ? qstyleoption_cast<const QStyleOptionButton*>(option) : nullptr;
        if (button != nullptr && button->direction == Qt::RightToLeft && !button->icon.isNull() && !button->text.isEmpty()) {
            drawMirroredLabel(*button, painter);
            return;
        }
        QProxyStyle::drawControl(element, option, painter, widget);
    }

    /// Fusion's pictures on OK, Cancel and Close are dark whatever the palette is; the words are enough.
    int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget, QStyleHintReturn* data) const override
    {
        return hint == SH_DialogButtonBox_ButtonsHaveIcons ? 0 : QProxyStyle::styleHint(hint, option, widget, data);
    }

private:
    /// From right to left Qt 6.4 puts the text of a button with an icon against its left edge.
    void drawMirroredLabel(const QStyleOptionButton& button, QPainter* painter) const
    {
        constexpr int Gap = 4;
        const bool enabled = button.state.testFlag(State_Enabled);
        const int text = button.fontMetrics.size(Qt::TextShowMnemonic, button.text).width();
        const int width = text + Gap + button.iconSize.width();
        const int left = button.rect.center().x() - width / 2;
        const QRect iconRect(left + text + Gap, button.rect.center().y() - button.iconSize.height() / 2, button.iconSize.width(),
                             button.iconSize.height());
        button.icon.paint(painter, iconRect, Qt::AlignCenter, enabled ? QIcon::Normal : QIcon::Disabled,
                          button.state.testFlag(State_On) ? QIcon::On : QIcon::Off);
        drawItemText(painter, QRect(left, button.rect.top(), text, button.rect.height()), Qt::AlignCenter | Qt::TextShowMnemonic, button.palette,
                     enabled, button.text, QPalette::ButtonText);
    }

    // Fusion draws the edges of boxes in a darker window too: 1.1:1 on a dark one.
    struct Box {
        QColor edge;
        QColor fill;
        QColor glyph;
    };
    static Box boxColors(const QStyleOption& option, bool inRow, bool on)
    {
        const QPalette& palette = option.palette;
        const bool enabled = option.state.testFlag(State_Enabled);
        const auto group = enabled ? QPalette::Active : QPalette::Disabled;
        if (inRow && option.state.testFlag(State_Selected)) {
            const QColor paper = palette.color(QPalette::Highlight);
            const QColor ink = palette.color(QPalette::HighlightedText);
            return {ink, on ? ink : paper, paper};
        }
        if (on) {
            const QColor fill = enabled ? palette.color(QPalette::Highlight) : palette.color(group, QPalette::WindowText);
            const QColor edge = enabled ? readable(fill, palette.color(QPalette::Base), 3.0) : fill;
            return {edge, fill, enabled ? palette.color(QPalette::HighlightedText) : palette.color(QPalette::Window)};
        }
        return {enabled ? outline(palette) : palette.color(group, QPalette::WindowText), palette.color(group, QPalette::Base), {}};
    }

    static void drawCheckBox(const QStyleOption& option, bool inRow, QPainter* painter)
    {
        const bool partly = option.state.testFlag(State_NoChange);
        const bool on = option.state.testFlag(State_On);
        const Box colors = boxColors(option, inRow, on || partly);
        const int side = std::min(option.rect.width(), option.rect.height());
        QRectF box(0, 0, side, side);
        box.moveCenter(QRectF(option.rect).center());
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(colors.edge, 1.0));
        painter->setBrush(option.state.testFlag(State_Sunken) ? gridLine(option.palette) : colors.fill);
        painter->drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2.5, 2.5);
        painter->setPen(QPen(colors.glyph, side / 7.0, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        const auto at = [&box](double x, double y) { return QPointF(box.left() + x * box.width(), box.top() + y * box.height()); };
        if (partly) {
            painter->drawLine(at(0.28, 0.5), at(0.72, 0.5));
        } else if (on) {
            const std::array tick{at(0.26, 0.52), at(0.43, 0.70), at(0.75, 0.30)};
            painter->setBrush(Qt::NoBrush);
            painter->drawPolyline(tick.data(), static_cast<int>(tick.size()));
        }
        painter->restore();
    }

    static void drawRadioButton(const QStyleOption& option, QPainter* painter)
    {
        const bool on = option.state.testFlag(State_On);
        const Box colors = boxColors(option, false, on);
        const int side = std::min(option.rect.width(), option.rect.height());
        QRectF box(0, 0, side, side);
        box.moveCenter(QRectF(option.rect).center());
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(colors.edge, 1.0));
        painter->setBrush(option.state.testFlag(State_Sunken) ? gridLine(option.palette) : colors.fill);
        painter->drawEllipse(box.adjusted(0.5, 0.5, -0.5, -0.5));
        if (on) {
            painter->setPen(Qt::NoPen);
            painter->setBrush(colors.glyph);
            painter->drawEllipse(box.center(), side * 0.2, side * 0.2);
        }
        painter->restore();
    }

    static QColor frameLine(const QPalette& palette) { return isDark(palette) ? QColor(0x4A, 0x50, 0x58) : QColor(0xB8, 0xBE, 0xC4); }

    static void drawLineEdit(const QStyleOptionFrame& option, QPainter* painter, bool filled)
    {
        const bool focus = option.state.testFlag(State_HasFocus);
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(focus ? option.palette.color(QPalette::Link) : outline(option.palette), focus ? 1.5 : 1.0));
        painter->setBrush(filled ? option.palette.brush(QPalette::Base) : QBrush(Qt::NoBrush));
        const double inset = focus ? 0.75 : 0.5;
        painter->drawRoundedRect(QRectF(option.rect).adjusted(inset, inset, -inset, -inset), 2.5, 2.5);
        painter->restore();
    }
};

struct Pair {
    QRgb light;
    QRgb dark;
};

QColor pick(const Pair& pair, const QPalette& palette)
{
    return QColor::fromRgb(isDark(palette) ? pair.dark : pair.light);
}

/// `ink` as it is where it can be read on what it may lie on, else moved.
QColor readableOn(QColor ink, const QPalette& palette)
{
    ink = readable(ink, palette.color(QPalette::Base));
    return readable(ink, palette.color(QPalette::Window));
}

void setGroup(QPalette& palette, QPalette::ColorRole role, QRgb color)
{
    palette.setColor(role, QColor::fromRgb(color));
}

QPalette makePalette(bool dark)
{
    struct Row {
        QPalette::ColorRole role;
        Pair color;
    };
    constexpr std::array Rows{
        Row{QPalette::Window, {0xF3F4F5, 0x24272B}},
        Row{QPalette::WindowText, {0x1B1E21, 0xECEFF1}},
        Row{QPalette::Base, {0xFFFFFF, 0x1A1D20}},
        Row{QPalette::AlternateBase, {0xF7F8F9, 0x202327}},
        Row{QPalette::Text, {0x1B1E21, 0xECEFF1}},
        Row{QPalette::Button, {0xF0F1F3, 0x2D3136}},
        Row{QPalette::ButtonText, {0x1B1E21, 0xECEFF1}},
        Row{QPalette::BrightText, {0xFFFFFF, 0xFFFFFF}},
        Row{QPalette::ToolTipBase, {0x2C3136, 0x363B41}},
        Row{QPalette::ToolTipText, {0xFFFFFF, 0xECEFF1}},
        Row{QPalette::PlaceholderText, {0x5C636A, 0xA3ABB3}},
        Row{QPalette::Highlight, {0x1F5FA8, 0x2F6FB5}},
        Row{QPalette::HighlightedText, {0xFFFFFF, 0xFFFFFF}},
        Row{QPalette::Link, {0x1F5FA8, 0x7FB4F0}},
        Row{QPalette::LinkVisited, {0x4C3A8C, 0xB3A4F0}},
        Row{QPalette::Light, {0xFFFFFF, 0x4A5058}},
        Row{QPalette::Midlight, {0xE6E8EA, 0x41474E}},
        Row{QPalette::Mid, {0x7D848B, 0x7A828A}},
        Row{QPalette::Dark, {0xA9AFB5, 0x121416}},
        Row{QPalette::Shadow, {0x5C636A, 0x0C0E10}},
    };
    QPalette palette;
    for (const Row& row : Rows) {
        setGroup(palette, row.role, dark ? row.color.dark : row.color.light);
    }
    const QColor off = QColor::fromRgb(dark ? 0x868E96 : 0x7D848B); // disabled text: still 3:1, so that its reason can be looked for
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::PlaceholderText}) {
        palette.setColor(QPalette::Disabled, role, off);
    }
    palette.setColor(QPalette::Disabled, QPalette::Base, palette.color(QPalette::Window));
    palette.setColor(QPalette::Disabled, QPalette::Highlight, QColor::fromRgb(dark ? 0x4A5158 : 0xB8C0C8));
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, QColor::fromRgb(dark ? 0xECEFF1 : 0x1B1E21));
    return palette;
}

} // namespace

QString themeName(Theme theme)
{
    return theme == Theme::Light ? u"light"_s : theme == Theme::Dark ? u"dark"_s : u"system"_s;
}

Theme themeFromName(const QString& name)
{
    return name == u"light" ? Theme::Light : name == u"dark" ? Theme::Dark : Theme::System;
}

QPalette lightPalette()
{
    return makePalette(false);
}

QPalette darkPalette()
{
    return makePalette(true);
}

void applyTheme(QApplication& app, Theme theme)
{
    // A platform theme brings its own style; Fusion is what Qt falls back to without one.
    if (QApplication::style()->name() == u"fusion" && dynamic_cast<FusionFixes*>(QApplication::style()) == nullptr) {
        QApplication::setStyle(new FusionFixes);
    }
    switch (theme) {
    case Theme::System:
        QApplication::setPalette(QPalette()); // nothing set: the platform's own
        break;
    case Theme::Light:
        QApplication::setPalette(lightPalette());
        break;
    case Theme::Dark:
        QApplication::setPalette(darkPalette());
        break;
    }
    Q_UNUSED(app);
}

double luminance(const QColor& color)
{
    const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

double contrast(const QColor& a, const QColor& b)
{
    const auto [low, high] = std::minmax({luminance(a), luminance(b)}); // braces: the two-argument form would dangle
    return (high + 0.05) / (low + 0.05);
}

bool isDark(const QPalette& palette)
{
    return luminance(palette.color(QPalette::Base)) < luminance(palette.color(QPalette::Text));
}

QColor readable(QColor ink, const QColor& paper, double wanted)
{
    const int step = luminance(paper) < 0.18 ? 5 : -5;
    for (int i = 0; i < 50 && contrast(ink, paper) < wanted; ++i) {
        ink.setHsl(ink.hslHue(), ink.hslSaturation(), std::clamp(ink.lightness() + step, 0, 255));
    }
    return ink;
}

Mark markOf(Severity severity)
{
    switch (severity) {
    case Severity::Note:
        return Mark::Note;
    case Severity::Advice:
        return Mark::Advice;
    case Severity::Violation:
        return Mark::Violation;
    case Severity::Error:
        break;
    }
    return Mark::Damaged;
}

Mark markOf(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Damaged:
        return Mark::Damaged;
    case Verdict::Dangerous: // nothing is torn: it must not be loaded
    case Verdict::Violations:
        return Mark::Violation;
    case Verdict::NoContract:
        return Mark::Unjudged;
    case Verdict::Advice:
        return Mark::Advice;
    case Verdict::Clean:
        break;
    }
    return Mark::Clean;
}

QString markWord(Mark mark)
{
    switch (mark) {
    case Mark::Violation:
        return Words::tr("violation");
    case Mark::Advice:
        return Words::tr("advice");
    case Mark::Note:
        return Words::tr("note");
    case Mark::Clean:
        return Words::tr("clean");
    case Mark::Unjudged:
        return Words::tr("not judged");
    case Mark::Damaged:
        return Words::tr("damaged");
    case Mark::Missing:
        return Words::tr("missing");
    case Mark::Laundered:
        break;
    }
    return Words::tr("laundered");
}

QString markIconName(Mark mark)
{
    constexpr std::array Names{"violation", "advice", "note", "clean", "unjudged", "damaged", "missing", "laundered"};
    return QString::fromLatin1(Names[static_cast<std::size_t>(mark)]);
}

MarkColors markColors(Mark mark, const QPalette& palette)
{
    constexpr Pair ViolationInk{0xB3261E, 0xFF8A80};
    constexpr Pair ViolationTint{0xFDECEA, 0x3B1F1E};
    constexpr Pair AdviceInk{0x7A5200, 0xF2C14E};
    constexpr Pair AdviceTint{0xFFF4DB, 0x352B14};
    constexpr Pair NoteInk{0x1F5FA8, 0x8AB8F5};
    constexpr Pair NoteTint{0xE8F1FB, 0x1B2A3D};
    constexpr Pair CleanInk{0x1B6E3C, 0x7CD19A};
    constexpr Pair CleanTint{0xE6F4EA, 0x17301F};
    constexpr Pair UnjudgedInk{0x4A5158, 0xB8C0C8};
    constexpr Pair UnjudgedTint{0xECEEF0, 0x2C3136};
    const auto colors = [&palette](const Pair& ink, const Pair& tint) {
        MarkColors result{readableOn(pick(ink, palette), palette), pick(tint, palette)};
        result.ink = readable(result.ink, result.tint);
        return result;
    };
    switch (mark) {
    case Mark::Violation:
    case Mark::Damaged:
        return colors(ViolationInk, ViolationTint);
    case Mark::Advice:
    case Mark::Laundered:
        return colors(AdviceInk, AdviceTint);
    case Mark::Note:
        return colors(NoteInk, NoteTint);
    case Mark::Clean:
        return colors(CleanInk, CleanTint);
    case Mark::Unjudged:
    case Mark::Missing:
        break;
    }
    return colors(UnjudgedInk, UnjudgedTint);
}

QColor dtypeColor(DType dtype, const QPalette& palette)
{
    constexpr Pair F64{0x4C3A8C, 0xB3A4F0};
    constexpr Pair F32{0x1F5FA8, 0x7FB4F0};
    constexpr Pair Bf16{0xB85C00, 0xF0A35C};
    constexpr Pair F16{0x8A6D00, 0xD9C05A};
    constexpr Pair F8{0xA33B7A, 0xE89AC7};
    constexpr Pair F4{0x7B3FA0, 0xC79BE8};
    constexpr Pair Integers{0x2E7D5B, 0x7CCBA6};
    constexpr Pair Ggml{0x1D7A8C, 0x74C6D6};
    constexpr Pair Other{0x5C636A, 0xA3ABB3};
    switch (dtype) {
    case DType::F64:
        return pick(F64, palette);
    case DType::F32:
        return pick(F32, palette);
    case DType::BF16:
        return pick(Bf16, palette);
    case DType::F16:
        return pick(F16, palette);
    case DType::F8_E5M2:
    case DType::F8_E4M3:
    case DType::F8_E8M0:
    case DType::F8_E4M3FNUZ:
    case DType::F8_E5M2FNUZ:
        return pick(F8, palette);
    case DType::F4:
    case DType::F6_E2M3:
    case DType::F6_E3M2:
        return pick(F4, palette);
    default:
        break;
    }
    switch (dtypeInfo(dtype).family) {
    case DTypeFamily::Integer:
        return pick(Integers, palette);
    case DTypeFamily::Block:
        return pick(Ggml, palette);
    default:
        return pick(Other, palette);
    }
}

QColor dtypeLabelColor(const QPalette& palette)
{
    return pick({0xFFFFFF, 0x14171A}, palette);
}

QColor mutedText(const QPalette& palette)
{
    return readableOn(pick({0x5C636A, 0xA3ABB3}, palette), palette);
}

QColor mutedOnPage(const QPalette& palette)
{
    return readable(mutedText(palette), palette.color(QPalette::Button).lighter(isDark(palette) ? 150 : 100), 4.8);
}

QColor outline(const QPalette& palette)
{
    const QColor ink = readable(pick({0x7D848B, 0x7A828A}, palette), palette.color(QPalette::Base), 3.0);
    return readable(ink, palette.color(QPalette::Window), 3.0);
}

QColor gridLine(const QPalette& palette)
{
    return pick({0xD5D9DD, 0x363B41}, palette);
}

} // namespace ckptscope::ui
