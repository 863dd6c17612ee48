// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/devicebox.h"

#include "core/upcast/upcaster.h"
#include "ui/text.h"

#include <QStandardItemModel>

#include <algorithm>
#include <vector>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

DeviceBox::DeviceBox(QWidget* parent)
    : QComboBox(parent)
{
    setObjectName(u"fixDevice"_s);
    m_job.setObjectName(u"fixDeviceJob"_s);
    addItem(tr("Automatic"), u"auto"_s);
    setToolTip(tr("Where tensors are cast; the result is the same on each"));
}

std::string DeviceBox::device() const
{
    return toUtf8(currentData().toString());
}

void DeviceBox::list(std::uint64_t bytes, const std::string& wanted)
{
    struct Devices {
        std::string automatic;
        std::vector<UpcastDevice> all;
    };
    m_job.start(
        {},
        [bytes](const JobContext&) -> Result<Devices> { // asking a driver can take a second
            return Devices{chooseDevice("auto", bytes)->name(), upcastDevices()};
        },
        [this, wanted](Result<Devices> devices) {
            if (!devices) {
                return;
            }
            while (count() > 1) {
                removeItem(1);
            }
            // Core names a device's id first: "cuda:0 (NVIDIA ...)".
            const auto label = [](std::string_view name) { return name == "cpu" ? u"CPU"_s : fromUtf8(name); };
            setItemText(0, tr("Automatic: %1").arg(label(devices->automatic)));
            setItemData(0, tr("Small casts are fastest on the CPU; a GPU is used where it wins"), Qt::ToolTipRole);
            for (const UpcastDevice& device : devices->all) {
                addItem(device.absent.empty() ? fromUtf8(device.label)
                                              : tr("%1: %2", "device, why it cannot be used").arg(fromUtf8(device.label), fromUtf8(device.absent)),
                        fromUtf8(device.id));
                if (!device.absent.empty()) {
                    if (auto* items = qobject_cast<QStandardItemModel*>(model())) {
                        items->item(count() - 1)->setEnabled(false);
                    }
                    setItemData(count() - 1, forToolTip(fromUtf8(device.absent)), Qt::ToolTipRole);
                }
            }
            setCurrentIndex(std::max(0, findData(fromUtf8(wanted))));
        });
}

} // namespace ckptscope::ui
