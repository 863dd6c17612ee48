// SPDX-License-Identifier: Apache-2.0
#include "core/report/svgtext.h"

#include "core/report/html.h"

#include <array>
#include <charconv>

namespace ckptscope::report {

namespace {

bool startsCharacter(char c) noexcept
{
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

std::string attribute(std::string_view name, double value)
{
    return ' ' + std::string(name) + "=\"" + fixedText(value) + '"';
}

std::string classAttribute(std::string_view classes)
{
    return classes.empty() ? std::string() : " class=\"" + std::string(classes) + '"';
}

} // namespace

std::string fixedText(double value, int decimals)
{
    std::array<char, 512> text{}; // the largest double has 309 digits
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, decimals);
    std::string out(text.data(), end.ptr);
    if (out.find('.') != std::string::npos) {
        out.erase(out.find_last_not_of('0') + 1);
        if (out.back() == '.') {
            out.pop_back();
        }
    }
    return out == "-0" ? "0" : out;
}

std::string cutText(std::string_view text, std::size_t most)
{
    std::size_t characters = 0;
    for (const char c : text) {
        characters += startsCharacter(c) ? 1U : 0U;
    }
    if (characters <= most) {
        return std::string(text);
    }
    if (most < 3) {
        return {};
    }
    const std::size_t head = (most - 1) / 2;
    const std::size_t tail = most - 1 - head;
    std::string out;
    std::size_t at = 0;
    bool cut = false;
    for (const char c : text) {
        at += startsCharacter(c) ? 1U : 0U;
        if (at <= head || at > characters - tail) {
            out += c;
        } else if (!cut) {
            out += "\u2026";
            cut = true;
        }
    }
    return out;
}

SvgPicture::SvgPicture(double width, double height, std::string_view label)
{
    m_out = "<svg class=\"plot\" viewBox=\"0 0 " + fixedText(width) + ' ' + fixedText(height) + "\" role=\"img\" aria-label=\"" + htmlText(label)
        + "\">\n";
}

void SvgPicture::end(std::string_view element, std::string_view title)
{
    m_out += title.empty() ? "/>\n" : "><title>" + htmlText(title) + "</title></" + std::string(element) + ">\n";
}

void SvgPicture::rect(double x, double y, double width, double height, std::string_view classes, std::string_view title)
{
    m_out += "<rect" + classAttribute(classes) + attribute("x", x) + attribute("y", y) + attribute("width", width) + attribute("height", height);
    end("rect", title);
}

void SvgPicture::line(double x1, double y1, double x2, double y2, std::string_view classes)
{
    m_out += "<line" + classAttribute(classes) + attribute("x1", x1) + attribute("y1", y1) + attribute("x2", x2) + attribute("y2", y2) + "/>\n";
}

void SvgPicture::path(std::string_view data, std::string_view classes, std::string_view title)
{
    m_out += "<path" + classAttribute(classes) + " d=\"" + std::string(data) + '"';
    end("path", title);
}

void SvgPicture::text(double x, double y, std::string_view text, std::string_view classes)
{
    m_out += "<text" + classAttribute(classes) + attribute("x", x) + attribute("y", y) + '>' + htmlText(text) + "</text>\n";
}

void SvgPicture::open(std::string_view title)
{
    m_out += "<g>";
    if (!title.empty()) {
        m_out += "<title>" + htmlText(title) + "</title>";
    }
}

void SvgPicture::close()
{
    m_out += "</g>\n";
}

std::string SvgPicture::take()
{
    m_out += "</svg>\n";
    return std::move(m_out);
}

} // namespace ckptscope::report
