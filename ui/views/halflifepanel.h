// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/values/drift.h"
#include "ui/views/tensorpanel.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

class QLabel;
class QPushButton;
class QTableWidget;

namespace ckptscope::ui {

class HalfLifePlot;

/// The dock around the plot: the formula, a donor to compare with, and what the drift comes to.
class HalfLifePanel : public TensorPanel {
    Q_OBJECT
public:
    explicit HalfLifePanel(QWidget* parent = nullptr);
    [[nodiscard]] HalfLifePlot* plot() const noexcept { return m_plot; }
    /// Joins each head with the donor's of the same name, for as long as this checkpoint is shown; null: none.
    void setDonor(std::shared_ptr<const Checkpoint> donor);
    /// Opens it first. Errors are notes.
    void openDonor(const std::string& path);

protected:
    void refresh() override;

private:
    struct Read {
        std::vector<Decay> decays;
        std::shared_ptr<const DonorDecays> donor;
    };
    void chooseDonor(bool folder);
    void showDrift(const Read& read);
    void again();

    HalfLifePlot* m_plot;
    QLabel* m_caption;
    QLabel* m_readout;
    QPushButton* m_donorButton;
    QTableWidget* m_drift;
    std::array<std::uint32_t, 3> m_worst{}; ///< the tensor of each row's drift
    DocumentPtr m_read;                     ///< whose decays are shown
    DocumentPtr m_donorOf;                  ///< whose donor it is
    std::shared_ptr<const Checkpoint> m_donor;
    std::string m_donorPath; ///< still to be opened; empty: m_donor counts
};

} // namespace ckptscope::ui
