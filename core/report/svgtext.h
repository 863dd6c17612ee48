// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace ckptscope::report {

/// A number with so many decimals and a point, whatever the program's locale is.
[[nodiscard]] std::string fixedText(double value, int decimals = 1);

/// Puts an SVG picture together. Text goes through htmlText(); everything else is numbers and words of ours.
class SvgPicture {
public:
    SvgPicture(double width, double height, std::string_view label);
    void rect(double x, double y, double width, double height, std::string_view classes, std::string_view title = {});
    void line(double x1, double y1, double x2, double y2, std::string_view classes);
    void path(std::string_view data, std::string_view classes, std::string_view title = {});
    /// `classes`: "m" centred, "e" ending at x; else beginning there.
    void text(double x, double y, std::string_view text, std::string_view classes = {});
    void open(std::string_view title);
    void close();
    [[nodiscard]] std::string take();

private:
    void end(std::string_view element, std::string_view title);
    std::string m_out;
};

/// `text` cut in the middle to about so many characters; not inside one.
[[nodiscard]] std::string cutText(std::string_view text, std::size_t most);

} // namespace ckptscope::report
