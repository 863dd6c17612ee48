// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ui/jobs/jobrunner.h"
#include "ui/settings.h"

#include <QDialog>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;

namespace ckptscope::ui {

class FactLine;

/// General, Rules, Fix, Privacy. Nothing changes before OK.
class PreferencesDialog : public QDialog {
    Q_OBJECT
public:
    explicit PreferencesDialog(Settings* settings, QWidget* parent = nullptr);

    [[nodiscard]] Preferences chosen() const; ///< as the dialog shows it now
    void accept() override;

Q_SIGNALS:
    void rulesRequested(); ///< Show Rules

private:
    [[nodiscard]] QWidget* generalPage();
    [[nodiscard]] QWidget* rulesPage();
    [[nodiscard]] QWidget* fixPage();
    [[nodiscard]] QWidget* privacyPage();
    void fill(const Preferences& preferences);
    void addRuleFiles();
    void checkRuleFiles();
    void listDevices();
    void updateSuffix();

    Settings* m_settings;
    QComboBox* m_theme = nullptr;
    QCheckBox* m_reopen = nullptr;
    QCheckBox* m_review = nullptr;
    QCheckBox* m_scan = nullptr;
    QComboBox* m_profile = nullptr;
    QListWidget* m_files = nullptr;
    QPushButton* m_remove = nullptr;
    FactLine* m_filesFact = nullptr;
    QLineEdit* m_suffix = nullptr;
    FactLine* m_suffixFact = nullptr;
    QComboBox* m_device = nullptr;
    QCheckBox* m_verify = nullptr;
    QCheckBox* m_links = nullptr;
    QCheckBox* m_remember = nullptr;
    QPushButton* m_clear = nullptr;
    QPushButton* m_ok = nullptr;
    QString m_wantedDevice;
    JobRunner m_deviceJob;
    JobRunner m_rulesJob;
};

} // namespace ckptscope::ui
