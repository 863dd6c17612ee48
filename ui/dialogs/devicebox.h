// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/jobrunner.h"

#include <QComboBox>

#include <cstdint>
#include <string>

namespace ckptscope::ui {

/// Where tensors are cast: automatic (it names its choice and why), the CPU, each GPU; absent ones greyed, with the
/// reason.
class DeviceBox : public QComboBox {
    Q_OBJECT
public:
    explicit DeviceBox(QWidget* parent = nullptr);
    /// Asks core for the devices, and which it would take for so many bytes to cast; then `wanted` (an id) is chosen.
    void list(std::uint64_t bytes, const std::string& wanted);
    [[nodiscard]] std::string device() const; ///< its id: "auto", "cpu", "cuda:0"

private:
    JobRunner m_job;
};

} // namespace ckptscope::ui
