// SPDX-License-Identifier: Apache-2.0
#include "ui/dialogs/preferencesdialog.h"

#include "core/contracts/rule.h"
#include "core/upcast/upcaster.h"
#include "ui/dialogs/dialogsize.h"
#include "ui/text.h"
#include "ui/views/factline.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QStandardItemModel>
#include <QTabWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace ckptscope::ui {

using namespace Qt::StringLiterals;

namespace {

/// The path that a list's row stands for: what it shows is made showable.
constexpr int PathRole = Qt::UserRole;

QFormLayout* formOf(QWidget* page)
{
    auto* form = new QFormLayout(page);
    form->setContentsMargins(12, 12, 12, 12);
    form->setHorizontalSpacing(12);
    form->setVerticalSpacing(8);
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    return form;
}

/// What a check box means, muted below it and level with its text.
QLabel* note(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setContentsMargins(24, 0, 0, 4);
    QPalette muted = label->palette();
    muted.setColor(QPalette::WindowText, mutedOnPage(muted));
    label->setPalette(muted);
    return label;
}

bool goodSuffix(const QString& text)
{
    return !text.isEmpty() && text.size() <= 64
        && std::none_of(text.begin(), text.end(), [](QChar c) { return c == u'/' || c == u'\\' || c.category() == QChar::Other_Control; });
}

} // namespace

PreferencesDialog::PreferencesDialog(Settings* settings, QWidget* parent)
    : QDialog(parent)
    , m_settings(settings)
{
    setObjectName(u"preferencesDialog"_s);
    m_deviceJob.setObjectName(u"preferencesDeviceJob"_s);
    m_rulesJob.setObjectName(u"preferencesRulesJob"_s);
    setWindowTitle(tr("Preferences"));
    auto* tabs = new QTabWidget(this);
    tabs->addTab(generalPage(), tr("&General"));
    tabs->addTab(rulesPage(), tr("&Rules"));
    tabs->addTab(fixPage(), tr("&Fix"));
    tabs->addTab(privacyPage(), tr("&Privacy"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel | QDialogButtonBox::RestoreDefaults, this);
    m_ok = buttons->button(QDialogButtonBox::Ok);
    QPushButton* defaults = buttons->button(QDialogButtonBox::RestoreDefaults);
    defaults->setText(tr("&Defaults"));
    defaults->setToolTip(tr("Show the defaults on all pages; OK takes them"));
    defaults->setObjectName(u"preferencesDefaults"_s);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(12);
    layout->addWidget(tabs, 1);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &PreferencesDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(defaults, &QPushButton::clicked, this, [this] { fill(Preferences()); });
    fill(settings->preferences());
    listDevices();
    new DialogSize(this, {560, 420});
}

QWidget* PreferencesDialog::generalPage()
{
    auto* page = new QWidget(this);
    QFormLayout* form = formOf(page);
    m_theme = new QComboBox(page);
    m_theme->setObjectName(u"preferencesTheme"_s);
    m_theme->addItem(tr("System"), themeName(Theme::System));
    m_theme->addItem(tr("Light"), themeName(Theme::Light));
    m_theme->addItem(tr("Dark"), themeName(Theme::Dark));
    m_reopen = new QCheckBox(tr("Reopen the &last checkpoint at start"), page);
    m_review = new QCheckBox(tr("Re&view before fixing"), page);
    m_scan = new QCheckBox(tr("&Scan rule-covered tensors on open"), page);
    form->addRow(tr("&Theme"), m_theme);
    form->addRow(m_reopen);
    form->addRow(m_review);
    form->addRow(note(tr("Fix opens the dialog first, also where nothing needs deciding."), page));
    form->addRow(m_scan);
    form->addRow(note(tr("Reads up to 64 MiB of values, to find NaN, Inf and precision that was lost earlier."), page));
    return page;
}

QWidget* PreferencesDialog::rulesPage()
{
    auto* page = new QWidget(this);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    m_profile = new QComboBox(page);
    m_profile->setObjectName(u"preferencesProfile"_s);
    m_profile->addItem(tr("default: all rules"), u"default"_s);
    m_profile->addItem(tr("nemo-automodel: what it keeps in F32"), u"nemo-automodel"_s);
    auto* profileLabel = new QLabel(tr("Pro&file"), page);
    profileLabel->setBuddy(m_profile);
    auto* profile = new QHBoxLayout;
    profile->setSpacing(12);
    profile->addWidget(profileLabel);
    profile->addWidget(m_profile, 1);
    layout->addLayout(profile);

    auto* rules = new QPushButton(tr("&Show Rules\u2026"), page);
    rules->setAutoDefault(false);
    auto* builtin = new QLabel(tr("Built-in rules: %1").arg(fromUtf8(RuleSet::databaseVersion())), page);
    builtin->setTextFormat(Qt::PlainText);
    auto* builtinRow = new QHBoxLayout;
    builtinRow->setSpacing(8);
    builtinRow->addWidget(builtin, 1);
    builtinRow->addWidget(rules);
    layout->addLayout(builtinRow);

    m_files = new QListWidget(page);
    m_files->setObjectName(u"preferencesRuleFiles"_s);
    m_files->setAccessibleName(tr("Further rule files"));
    m_files->setTextElideMode(Qt::ElideMiddle);
    m_files->setSelectionMode(QAbstractItemView::ExtendedSelection);
    auto* filesLabel = new QLabel(tr("F&urther rule files"), page);
    filesLabel->setBuddy(m_files);
    auto* add = new QPushButton(tr("&Add\u2026"), page);
    m_remove = new QPushButton(tr("Re&move"), page);
    for (QPushButton* button : {add, m_remove}) {
        button->setAutoDefault(false);
    }
    auto* buttons = new QVBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(add);
    buttons->addWidget(m_remove);
    buttons->addStretch(1);
    auto* files = new QHBoxLayout;
    files->setSpacing(8);
    files->addWidget(m_files, 1);
    files->addLayout(buttons);
    layout->addSpacing(4);
    layout->addWidget(filesLabel);
    layout->addLayout(files, 1);
    m_filesFact = new FactLine(page);
    m_filesFact->setObjectName(u"preferencesRulesFact"_s);
    layout->addWidget(m_filesFact);

    connect(rules, &QPushButton::clicked, this, &PreferencesDialog::rulesRequested);
    connect(add, &QPushButton::clicked, this, &PreferencesDialog::addRuleFiles);
    connect(m_remove, &QPushButton::clicked, this, [this] {
        qDeleteAll(m_files->selectedItems());
        checkRuleFiles();
    });
    connect(m_files, &QListWidget::itemSelectionChanged, this, [this] { m_remove->setEnabled(!m_files->selectedItems().isEmpty()); });
    m_remove->setEnabled(false);
    return page;
}

QWidget* PreferencesDialog::fixPage()
{
    auto* page = new QWidget(this);
    QFormLayout* form = formOf(page);
    m_suffix = new QLineEdit(page);
    m_suffix->setObjectName(u"preferencesSuffix"_s);
    m_suffix->setMaxLength(64);
    m_suffixFact = new FactLine(page);
    m_device = new QComboBox(page);
    m_device->setObjectName(u"preferencesDevice"_s);
    m_device->addItem(tr("Automatic"), u"auto"_s);
    m_verify = new QCheckBox(tr("&Verify every byte after writing"), page);
    m_links = new QCheckBox(tr("Use &hard links for shards that do not change"), page);
    form->addRow(tr("Name &suffix"), m_suffix);
    form->addRow(QString(), m_suffixFact);
    form->addRow(tr("&Device"), m_device);
    form->addRow(m_verify);
    form->addRow(note(tr("Otherwise what was cast or copied is read back; blocks that the file system shares are trusted."), page));
    form->addRow(m_links);
    form->addRow(note(tr("Takes no space, but both names are then one file: a program that writes into one changes the other."), page));
    connect(m_suffix, &QLineEdit::textChanged, this, &PreferencesDialog::updateSuffix);
    return page;
}

QWidget* PreferencesDialog::privacyPage()
{
    auto* page = new QWidget(this);
    auto* layout = new QVBoxLayout(page);
    layout->setContentsMargins(12, 12, 12, 12);
    layout->setSpacing(8);
    m_remember = new QCheckBox(tr("&Remember recent checkpoints, filters and folders"), page);
    m_remember->setObjectName(u"preferencesRemember"_s);
    m_clear = new QPushButton(tr("&Clear Now"), page);
    m_clear->setObjectName(u"preferencesClear"_s);
    m_clear->setAutoDefault(false);
    m_clear->setToolTip(tr("Forget recent checkpoints, filters and folders at once"));
    layout->addWidget(m_remember);
    layout->addWidget(note(
        tr("They are kept in %1. Keys and values are never stored, and nothing is sent anywhere.").arg(shownPath(toPath(m_settings->fileName()))),
        page));
    layout->addWidget(m_clear, 0, Qt::AlignLeft);
    layout->addStretch(1);
    connect(m_clear, &QPushButton::clicked, this, [this] {
        m_settings->clearRecent();
        m_clear->setText(tr("Cleared"));
        m_clear->setEnabled(false);
    });
    return page;
}

void PreferencesDialog::fill(const Preferences& preferences)
{
    const auto choose = [](QComboBox* box, const QString& wanted) { box->setCurrentIndex(std::max(0, box->findData(wanted))); };
    choose(m_theme, themeName(preferences.theme));
    m_reopen->setChecked(preferences.reopenLast);
    m_review->setChecked(preferences.reviewBeforeFixing);
    m_scan->setChecked(preferences.scanOnOpen);
    choose(m_profile, preferences.profile);
    m_files->clear();
    for (const QString& file : preferences.ruleFiles) {
        auto* item = new QListWidgetItem(shownName(file), m_files);
        item->setData(PathRole, file);
        item->setToolTip(forToolTip(shownName(file, 0)));
    }
    checkRuleFiles();
    m_suffix->setText(preferences.outputSuffix);
    updateSuffix();
    m_wantedDevice = preferences.device;
    choose(m_device, preferences.device);
    m_verify->setChecked(preferences.verifyAll);
    m_links->setChecked(preferences.hardLinks);
    m_remember->setChecked(preferences.rememberRecent);
}

Preferences PreferencesDialog::chosen() const
{
    Preferences preferences;
    preferences.theme = themeFromName(m_theme->currentData().toString());
    preferences.reopenLast = m_reopen->isChecked();
    preferences.reviewBeforeFixing = m_review->isChecked();
    preferences.scanOnOpen = m_scan->isChecked();
    preferences.profile = m_profile->currentData().toString();
    for (int i = 0; i < m_files->count(); ++i) {
        preferences.ruleFiles.append(m_files->item(i)->data(PathRole).toString());
    }
    preferences.outputSuffix = m_suffix->text();
    // A device that is not there today may be back tomorrow: what was chosen stays until another one is.
    preferences.device =
        m_device->currentIndex() == 0 && m_device->findData(m_wantedDevice) < 0 ? m_wantedDevice : m_device->currentData().toString();
    preferences.verifyAll = m_verify->isChecked();
    preferences.hardLinks = m_links->isChecked();
    preferences.rememberRecent = m_remember->isChecked();
    return preferences;
}

void PreferencesDialog::accept()
{
    if (!goodSuffix(m_suffix->text())) {
        m_suffix->setFocus();
        return;
    }
    m_settings->setPreferences(chosen());
    QDialog::accept();
}

void PreferencesDialog::addRuleFiles()
{
    const QStringList chosenFiles =
        QFileDialog::getOpenFileNames(this, tr("Add Rule Files"), m_settings->lastFolder(u"rules"_s), tr("Rule files (*.json)"));
    for (const QString& file : chosenFiles) {
        m_settings->setLastFolder(u"rules"_s, QFileInfo(file).path());
        auto* item = new QListWidgetItem(shownName(file), m_files);
        item->setData(PathRole, file);
    }
    checkRuleFiles();
}

void PreferencesDialog::checkRuleFiles()
{
    std::vector<std::string> paths;
    for (int i = 0; i < m_files->count(); ++i) {
        paths.push_back(toPath(m_files->item(i)->data(PathRole).toString()));
    }
    if (paths.empty()) {
        m_rulesJob.abandon();
        m_filesFact->clear();
        return;
    }
    struct Answer {
        std::size_t rules = 0;
        std::vector<RuleFileProblem> problems;
    };
    m_filesFact->setPending(tr("Reading the rule files\u2026"));
    m_rulesJob.start(
        {},
        [paths](const JobContext&) -> Result<Answer> {
            Answer answer;
            const auto rules = RuleSet::withFiles(paths, answer.problems);
            answer.rules = rules->rules().size() - std::min(rules->rules().size(), RuleSet::builtin()->rules().size());
            return answer;
        },
        [this](const Result<Answer>& answer) {
            if (!answer) {
                m_filesFact->setFact(Mark::Violation, errorTitle(answer.error()));
                return;
            }
            if (answer->problems.empty()) {
                m_filesFact->setFact(Mark::Clean, tr("%n rule(s) were read.", nullptr, static_cast<int>(answer->rules)));
                return;
            }
            const int count = static_cast<int>(answer->problems.size());
            m_filesFact->setFact(Mark::Advice, errorTitle(answer->problems.front().what),
                                 count > 1 ? tr("%n more problem(s). The other rules are used.", nullptr, count - 1)
                                           : tr("The other rules are used."));
        });
}

void PreferencesDialog::listDevices()
{
    m_deviceJob.start(
        {}, [](const JobContext&) -> Result<std::vector<UpcastDevice>> { return upcastDevices(); },
        [this](const Result<std::vector<UpcastDevice>>& devices) {
            if (!devices) {
                return;
            }
            for (const UpcastDevice& device : *devices) {
                m_device->addItem(device.absent.empty()
                                      ? fromUtf8(device.label)
                                      : tr("%1: %2", "device, why it cannot be used").arg(fromUtf8(device.label), fromUtf8(device.absent)),
                                  fromUtf8(device.id));
                if (!device.absent.empty()) {
                    if (auto* items = qobject_cast<QStandardItemModel*>(m_device->model())) {
                        items->item(m_device->count() - 1)->setEnabled(false);
                    }
                }
            }
            m_device->setCurrentIndex(std::max(0, m_device->findData(m_wantedDevice)));
        });
}

void PreferencesDialog::updateSuffix()
{
    const bool good = goodSuffix(m_suffix->text());
    if (good) {
        m_suffixFact->setPending(tr("A repaired copy of Qwen3-Next is named Qwen3-Next%1.").arg(shownName(m_suffix->text())));
    } else {
        m_suffixFact->setFact(Mark::Violation,
                              m_suffix->text().isEmpty() ? tr("Without a suffix the copy would have the source's name.")
                                                         : tr("A suffix cannot hold a slash or a control character."));
    }
    if (m_ok != nullptr) {
        m_ok->setEnabled(good);
    }
}

} // namespace ckptscope::ui
