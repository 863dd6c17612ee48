// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/model/checkpoint.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ckptscope {

namespace query {
class KeyParts;
}

/// What areas stand for.
enum class TreemapWeight : std::uint8_t { Bytes, Elements, Count };

/// Tensors of one name's beginning: a range of the path order.
struct TreemapNode {
    std::uint32_t first = 0; ///< into Treemap::order()
    std::uint32_t last = 0;  ///< behind the last
    std::uint32_t depth = 0; ///< how many dotted parts they share
    bool operator==(const TreemapNode&) const = default;
};

/// A rectangle of the picture, in the units of the area that was asked for.
struct TreemapRect {
    enum class Kind : std::uint8_t {
        Group, ///< its content lies inside, below a strip for its name
        Tensor,
        Merged, ///< what is too small to be drawn by itself
    } kind = Kind::Tensor;
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
    TreemapNode node;                 ///< of Merged: the first of its members
    std::vector<TreemapNode> members; ///< what it stands for, ascending; one but for Merged
    bool titled = false;              ///< a Group with room for its name
    std::uint32_t level = 0;          ///< how deep it is nested in what is shown
    std::string name;                 ///< the parts that distinguish it from what it lies in: "0.linear_attn"; of Merged: empty
};

/// Sizes of the picture.
struct TreemapStyle {
    double title = 16; ///< the strip of a group's name; groups lower than three of it have none
    double border = 2; ///< between a group's edge and its content
    double least = 16; ///< smaller areas are merged
};

/// A checkpoint's names as nested rectangles whose areas are bytes, elements or counts (Bruls, Huizing, van Wijk:
/// Squarified Treemaps). Holds the path order; laying out is a few milliseconds for 100,000 tensors. Immutable,
/// shareable between threads.
class Treemap {
public:
    explicit Treemap(std::shared_ptr<const Checkpoint> checkpoint);
    ~Treemap();

    [[nodiscard]] TreemapNode root() const noexcept;
    /// Tensor indexes in path order: what nodes are ranges of.
    [[nodiscard]] const std::vector<std::uint32_t>& order() const noexcept { return m_order; }
    /// The parts that a node's tensors share: "model.layers.0"; empty: the whole checkpoint.
    [[nodiscard]] std::string nameOf(const TreemapNode& node) const;
    /// The node that holds it and one part less, folded as layout() folds; the root is its own.
    [[nodiscard]] TreemapNode parentOf(const TreemapNode& node) const;
    /// Bytes, elements (saturating) or tensors.
    [[nodiscard]] std::uint64_t weightOf(const TreemapNode& node, TreemapWeight weight) const noexcept;
    /// What a node holds, as rectangles; what holds others comes before them. Tensors without weight have no area.
    [[nodiscard]] std::vector<TreemapRect> layout(const TreemapNode& node, TreemapWeight weight, double width, double height,
                                                  const TreemapStyle& style = {}) const;

private:
    class Layout;
    [[nodiscard]] std::vector<TreemapNode> childrenOf(const TreemapNode& node) const;
    [[nodiscard]] std::string partsOf(const TreemapNode& node, std::uint32_t from) const;
    [[nodiscard]] std::uint32_t partCount(std::uint32_t at) const noexcept; ///< of the key at a place of the path order

    std::shared_ptr<const Checkpoint> m_checkpoint;
    std::unique_ptr<query::KeyParts> m_parts;
    std::vector<std::uint32_t> m_order;
    std::vector<std::uint64_t> m_bytes; ///< sums of what comes before each place
    std::vector<std::uint64_t> m_elements;
};

} // namespace ckptscope
