// SPDX-License-Identifier: Apache-2.0
// What an index names and no shard holds: listed behind the tensors, found by filters, and counted by nothing.
#include "core/contracts/check.h"
#include "core/fix/fixable.h"
#include "core/formats/formatreader.h"
#include "core/model/missing.h"
#include "core/model/roles.h"
#include "core/query/filter.h"
#include "core/query/order.h"
#include "tests/support/modelfolder.h"

#include <QTest>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace ckptscope;
using namespace ckptscope::test;

namespace {

const std::string One = "model-00001-of-00002.safetensors";
const std::string Two = "model-00002-of-00002.safetensors";
const std::string Up1 = "model.layers.1.mlp.up_proj.weight";

std::shared_ptr<const Checkpoint> openFolder(const std::string& path)
{
    auto opened = openCheckpoint({path});
    return opened ? *opened : nullptr;
}

std::vector<std::string> keysAt(const Checkpoint& listed, std::size_t from)
{
    std::vector<std::string> keys;
    for (std::size_t i = from; i < listed.tensors().size(); ++i) {
        keys.emplace_back(listed.tensors()[i].key);
    }
    return keys;
}

std::size_t hits(const Checkpoint& listed, const CheckReport& report, std::string_view text)
{
    const auto parsed = Filter::parse(text);
    const auto* filter = std::get_if<Filter>(&parsed);
    if (filter == nullptr) {
        return SIZE_MAX;
    }
    FilterContext context;
    context.checkpoint = &listed;
    context.report = &report;
    const auto found = filter->match(context);
    return static_cast<std::size_t>(std::count(found.begin(), found.end(), 1));
}

} // namespace

class TestMissing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aWholeCheckpointIsItsOwnList()
    {
        const TempDir dir;
        const auto checkpoint = openFolder(ModelFolder::llama().write(dir));
        QVERIFY(checkpoint);
        QCOMPARE(withMissing(checkpoint), checkpoint);
        QCOMPARE(missingTensors(*checkpoint), 0U);
    }

    void aShardThatIsGone()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        const auto whole = openFolder(folder.write(dir));
        QVERIFY(whole);
        std::filesystem::remove(std::filesystem::path(whole->folder()) / Two);
        const auto checkpoint = openFolder(whole->path());
        QVERIFY(checkpoint);
        const auto listed = withMissing(checkpoint);
        QCOMPARE(listed->tensors().size(), whole->tensors().size());
        const std::size_t stored = checkpoint->tensors().size();
        QVERIFY(stored < listed->tensors().size());
        for (std::size_t i = 0; i < stored; ++i) { // the same at the same places
            QCOMPARE(listed->tensors()[i].key, checkpoint->tensors()[i].key);
            QVERIFY(!isMissing(listed->tensors()[i]));
        }
        for (std::size_t i = stored; i < listed->tensors().size(); ++i) {
            const TensorInfo& tensor = listed->tensors()[i];
            QVERIFY(isMissing(tensor));
            QVERIFY(!tensor.readable());
            QCOMPARE(listed->shards()[tensor.shard].file, Two);
        }
        QVERIFY(std::is_sorted(listed->tensors().begin() + static_cast<std::ptrdiff_t>(stored), listed->tensors().end(),
                               [](const TensorInfo& a, const TensorInfo& b) { return a.key < b.key; }));
        // and nothing that is added up knows of them
        QCOMPARE(listed->tensorBytes(), checkpoint->tensorBytes());
        QCOMPARE(listed->parameters(), checkpoint->parameters());
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        QCOMPARE((*report)->tensors.size(), stored);
        QVERIFY(!fixable(*checkpoint, **report).whole);
        // one finding tells of the shard: it is the reason of each
        for (const std::uint32_t finding : missingFindings(*listed, **report)) {
            QVERIFY(finding < (*report)->findings.size());
            QCOMPARE((*report)->findings[finding].rule, std::string("index.missing_shard"));
        }
    }

    void aTensorThatItsShardDoesNotHold()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze().drop(Up1);
        const auto checkpoint = openFolder(folder.write(dir));
        QVERIFY(checkpoint);
        const auto listed = withMissing(checkpoint);
        QCOMPARE(keysAt(*listed, checkpoint->tensors().size()), std::vector<std::string>{Up1});
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        const auto findings = missingFindings(*listed, **report);
        QCOMPARE(findings.size(), 1U);
        QCOMPARE((*report)->findings[findings.front()].rule, std::string("index.missing_tensor"));
        QCOMPARE(hits(*listed, **report, "is:missing"), 1U);
        QCOMPARE(hits(*listed, **report, "rule:index.missing_tensor"), 1U);
        QCOMPARE(hits(*listed, **report, "is:damaged"), 0U);
    }

    void aShardThatCannotBeRead()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze();
        folder.files[Two] = "no safetensors";
        const auto checkpoint = openFolder(folder.write(dir));
        QVERIFY(checkpoint);
        const auto listed = withMissing(checkpoint);
        QVERIFY(listed->tensors().size() > checkpoint->tensors().size());
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        for (const std::uint32_t finding : missingFindings(*listed, **report)) {
            QVERIFY(finding < (*report)->findings.size());
            QCOMPARE((*report)->findings[finding].file, Two);
        }
    }

    void aShardThatNoFolderNamesGetsItsName()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze().drop(Up1);
        for (auto& [key, shard] : *folder.weightMap) {
            shard = key == Up1 ? "other.safetensors" : shard;
        }
        const auto checkpoint = openFolder(folder.write(dir));
        QVERIFY(checkpoint);
        const auto listed = withMissing(checkpoint);
        QCOMPARE(keysAt(*listed, checkpoint->tensors().size()), std::vector<std::string>{Up1});
        const Shard& shard = listed->shards()[listed->tensors().back().shard];
        QCOMPARE(shard.file, std::string("other.safetensors"));
        QCOMPARE(shard.state, Shard::State::Missing);
    }

    void aTiedHeadIsNotMissing()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze().drop("lm_head.weight").say("\"tie_word_embeddings\": false", "\"tie_word_embeddings\": true");
        const auto checkpoint = openFolder(folder.write(dir));
        QVERIFY(checkpoint);
        QCOMPARE(withMissing(checkpoint), checkpoint);
    }

    void filters_data()
    {
        QTest::addColumn<QString>("filter");
        QTest::addColumn<bool>("finds");
        QTest::newRow("missing") << "is:missing" << true;
        QTest::newRow("its rule") << "rule:index" << true;
        QTest::newRow("severity") << "is:error" << true;
        QTest::newRow("key") << "up_proj" << true;
        QTest::newRow("shard") << "shard:00002" << true;
        QTest::newRow("layer") << "layer:3" << true;
        QTest::newRow("not damaged") << "is:damaged" << false;
        QTest::newRow("not empty") << "is:empty" << false;
        QTest::newRow("no scalar") << "is:scalar" << false;
        QTest::newRow("no dtype") << "dtype:*" << false;
        QTest::newRow("no family") << "dtype:float" << false;
        QTest::newRow("no size") << "size>=0" << false;
        QTest::newRow("no elements") << "elements>=0" << false;
        QTest::newRow("no rank") << "rank:0..9" << false;
        QTest::newRow("no shape") << "shape:*" << false;
        QTest::newRow("no dimension") << "dim:0..1000000" << false;
        QTest::newRow("no offset") << "offset>=0" << false;
    }
    void filters()
    {
        QFETCH(QString, filter);
        QFETCH(bool, finds);
        const TempDir dir;
        auto folder = ModelFolder::llama();
        const std::string path = folder.write(dir);
        std::filesystem::remove(std::filesystem::path(path) / Two);
        const auto checkpoint = openFolder(path);
        QVERIFY(checkpoint);
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        const auto listed = withMissing(checkpoint);
        const std::size_t with = hits(*listed, **report, filter.toStdString());
        QVERIFY(with != SIZE_MAX);
        QCOMPARE(with > hits(*checkpoint, **report, filter.toStdString()), finds);
    }

    void comeLastByWhatIsNotKnownOfThem()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze().drop(Up1);
        const auto checkpoint = openFolder(folder.write(dir));
        QVERIFY(checkpoint);
        const auto listed = withMissing(checkpoint);
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        const auto last = static_cast<std::uint32_t>(listed->tensors().size() - 1);
        for (const SortKey key : {SortKey::File, SortKey::DType, SortKey::Shape, SortKey::Elements, SortKey::Size, SortKey::Offset,
                                  SortKey::BitsPerWeight, SortKey::Rule, SortKey::Wants}) {
            QCOMPARE(sortedOrder(*listed, report->get(), key, false).back(), last);
            QCOMPARE(sortedOrder(*listed, report->get(), key, true).back(), last);
        }
        QCOMPARE(sortedOrder(*listed, report->get(), SortKey::Verdict, false).front(), last); // the worst first
        const auto path = sortedOrder(*listed, nullptr, SortKey::Path);
        const auto place = std::find(path.begin(), path.end(), last);
        QVERIFY(listed->tensors()[*std::prev(place)].key.starts_with("model.layers.1.")); // among its own
        QVERIFY(listed->tensors()[*std::next(place)].key.starts_with("model.layers."));
    }

    void belongToTheirRole()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze().drop(Up1);
        const auto checkpoint = openFolder(folder.write(dir));
        QVERIFY(checkpoint);
        const auto roles = findRoles(*withMissing(checkpoint));
        const auto role =
            std::find_if(roles.begin(), roles.end(), [](const Role& one) { return one.pattern == "model.layers.[4].mlp.up_proj.weight"; });
        QVERIFY(role != roles.end());
        QCOMPARE(role->tensors.size(), 4U);
        QCOMPARE(role->shapes.size(), 1U);
        QCOMPARE(role->dtypes.size(), 1U);
        QCOMPARE(role->dtypes.front().second, 3U);
        QVERIFY(role->odd.empty());
        const auto stored = findRoles(*checkpoint);
        const auto before =
            std::find_if(stored.begin(), stored.end(), [](const Role& one) { return one.pattern == "model.layers.[3].mlp.up_proj.weight"; });
        QVERIFY(before != stored.end());
        QCOMPARE(role->bytes, before->bytes);
        QCOMPARE(role->elements, before->elements);
        QCOMPARE(role->missing, before->missing);
    }

    void anIndexMayNameAMillion()
    {
        const TempDir dir;
        auto folder = ModelFolder::llama();
        folder.freeze();
        for (int i = 0; i < 3000; ++i) {
            folder.weightMap->emplace_back("extra." + std::to_string(i), Two);
        }
        const auto checkpoint = openFolder(folder.write(dir));
        QVERIFY(checkpoint);
        QCOMPARE(missingTensors(*checkpoint), 3000U);
        const auto listed = withMissing(checkpoint, 100);
        QCOMPARE(listed->tensors().size(), checkpoint->tensors().size() + 100);
        const auto report = runChecks(*checkpoint);
        QVERIFY(report);
        QCOMPARE(missingFindings(*listed, **report).size(), 100U);
    }
};

QTEST_APPLESS_MAIN(TestMissing)
#include "tst_missing.moc"
