// SPDX-License-Identifier: Apache-2.0
#include "tests/support/modelfolder.h"

#include <QtTest>

using namespace ckptscope::test;

namespace {

const std::string One = "model-00001-of-00002.safetensors";
const std::string Two = "model-00002-of-00002.safetensors";
const std::string Index = "model.safetensors.index.json";
const std::string Up1 = "model.layers.1.mlp.up_proj.weight"; ///< 512 bytes, in One
constexpr const char* Total = "3408";                        ///< bytes of the whole folder

/// A folder with one thing done to it.
std::function<ModelFolder()> llama(const std::function<void(ModelFolder&)>& breakIt)
{
    return [breakIt] {
        ModelFolder folder = ModelFolder::llama();
        breakIt(folder);
        return folder;
    };
}

std::function<ModelFolder()> withMetadata(const std::string& metadata)
{
    return llama([metadata](ModelFolder& f) { f.metadata = metadata; });
}

/// The weight map's entry of Up1 names something else, and the shards do not hold it.
std::function<ModelFolder()> naming(const std::string& file)
{
    return llama([file](ModelFolder& f) {
        f.freeze().drop(Up1);
        for (auto& [key, shard] : *f.weightMap) {
            shard = key == Up1 ? file : shard;
        }
    });
}

std::function<ModelFolder()> withIndexText(const std::string& text)
{
    return llama([text](ModelFolder& f) { f.indexText = text; });
}

/// The same shards under other names, the index true.
std::function<ModelFolder()> named(const std::string& one, const std::string& two)
{
    return llama([one, two](ModelFolder& f) { f.renameShard(One, one).renameShard(Two, two); });
}

std::vector<FolderCase> tensorsAndIndex()
{
    return {
        {"clean", llama([](ModelFolder&) {}), {}},
        {"in the index, in no shard", llama([](ModelFolder& f) { f.freeze().drop(Up1); }), {"index.missing_tensor " + Up1}},
        {"two in the index, in no shard",
         llama([](ModelFolder& f) { f.freeze().drop(Up1).drop("model.norm.weight"); }),
         {"index.missing_tensor " + Up1, "index.missing_tensor model.norm.weight"}},
        {"in a shard, not in the index",
         llama([](ModelFolder& f) { f.freeze().add(Two, "model.extra.weight", "BF16", {8}); }),
         {"index.surplus_tensor model.extra.weight"}},
        {"in a shard, not in the index, but counted by it",
         llama([](ModelFolder& f) {
             f.freeze().add(Two, "model.extra.weight", "BF16", {8});
             f.metadata = "{\"total_size\": 3424}";
         }),
         {"index.surplus_tensor model.extra.weight"}},
        {"the index names another shard",
         llama([](ModelFolder& f) { f.freeze().move(Up1, Two); }),
         {"index.wrong_shard " + Up1 + " | " + One + " | " + Two}},
        {"in two shards",
         llama([](ModelFolder& f) {
             f.freeze().add(One, "lm_head.weight", "BF16", {16, 8});
         }),
         {"index.two_shards lm_head.weight | 2 | " + One + ", " + Two}},
        {"in two shards, both counted",
         llama([](ModelFolder& f) {
             f.freeze().add(One, "lm_head.weight", "BF16", {16, 8});
             f.metadata = "{\"total_size\": 3664}";
         }),
         {"index.two_shards lm_head.weight | 2 | " + One + ", " + Two}},
        {"in two shards, of which the index names neither",
         llama([](ModelFolder& f) { f.freeze().add(One, "extra", "BF16", {8}).add(Two, "extra", "BF16", {8}); }),
         {"index.surplus_tensor extra", "index.two_shards extra | 2 | " + One + ", " + Two}},
        {"in the index twice, same shard",
         llama([](ModelFolder& f) {
             f.freeze();
             f.weightMap->emplace_back(Up1, One);
         }),
         {"index.repeated_key " + Index + " | " + Up1}},
        {"in the index twice, the last one wrong",
         llama([](ModelFolder& f) {
             f.freeze();
             f.weightMap->emplace_back(Up1, Two);
         }),
         {"index.duplicate_key " + Index + " | " + Up1}},
        {"in the index twice, the first one wrong",
         llama([](ModelFolder& f) {
             f.freeze();
             f.weightMap->insert(f.weightMap->begin(), {Up1, Two});
         }),
         {"index.duplicate_key " + Index + " | " + Up1}},
        {"a tied head, named but not stored",
         llama([](ModelFolder& f) {
             f.freeze().drop("lm_head.weight");
             f.config.replace(f.config.find("false"), 5, "true");
         }),
         {"index.tied_alias lm_head.weight"}},
        {"an untied head, named but not stored",
         llama([](ModelFolder& f) { f.freeze().drop("lm_head.weight"); }),
         {"index.missing_tensor lm_head.weight"}},
        {"an untied head, neither named nor stored", llama([](ModelFolder& f) { f.drop("lm_head.weight"); }), {"tied.absent - | lm_head.weight"}},
        {"total_size wrong", withMetadata("{\"total_size\": 3407}"), {"index.total_size " + Index + " | 3407 | " + Total}},
        {"total_size 0", withMetadata("{\"total_size\": 0}"), {"index.total_size " + Index + " | 0 | " + Total}},
        {"total_size 2^64 - 1",
         withMetadata("{\"total_size\": 18446744073709551615}"),
         {"index.total_size " + Index + " | 18446744073709551615 | " + Total}},
        {"total_size 2^64", withMetadata("{\"total_size\": 18446744073709551616}"), {"index.no_total_size " + Index}},
        {"total_size negative", withMetadata("{\"total_size\": -3408}"), {"index.no_total_size " + Index}},
        {"total_size with a fraction", withMetadata("{\"total_size\": 3408.5}"), {"index.no_total_size " + Index}},
        {"total_size as text", withMetadata("{\"total_size\": \"3408\"}"), {"index.no_total_size " + Index}},
        {"total_size null", withMetadata("{\"total_size\": null}"), {"index.no_total_size " + Index}},
        {"total_size absent", withMetadata("{}"), {"index.no_total_size " + Index}},
        {"total_size beside another field", withMetadata("{\"total_parameters\": 1704, \"total_size\": 3408}"), {}},
        {"metadata absent", withMetadata(""), {"index.no_metadata " + Index}},
        {"metadata null", withMetadata("null"), {"index.no_metadata " + Index}},
        {"metadata a list", withMetadata("[3408]"), {"index.no_metadata " + Index}},
        {"weight_map empty",
         llama([](ModelFolder& f) { f.freeze().weightMap->clear(); }),
         {"index.surplus_shard " + One + " | 9 | 1696", "index.surplus_shard " + Two + " | 10 | 1712"}},
    };
}

std::vector<FolderCase> indexFiles()
{
    return {
        {"names ../x", naming("../x.safetensors"), {"index.unsafe_path " + Index + " | ../x.safetensors"}},
        {"names /etc/passwd", naming("/etc/passwd"), {"index.unsafe_path " + Index + " | /etc/passwd"}},
        {"names a file of a sub-folder", naming("sub/x.safetensors"), {"index.unsafe_path " + Index + " | sub/x.safetensors"}},
        {"names a pickle", naming("x.bin"), {"index.unsafe_path " + Index + " | x.bin"}},
        {"names nothing", naming(""), {"index.unsafe_path " + Index + " | "}},
        {"names ../x for a tensor that is here",
         llama([](ModelFolder& f) {
             f.freeze();
             f.weightMap->front().second = "../x.safetensors";
         }),
         {"index.unsafe_path " + Index + " | ../x.safetensors"}},
        {"a byte order mark",
         withIndexText("\xEF\xBB\xBF{\"weight_map\": []}"),
         {"json.byte_order_mark " + Index, "index.unreadable " + Index + " | weight_map is not an object"}},
        {"not JSON", withIndexText("weights: none"), {"index.unreadable " + Index + " | it is not a JSON object"}},
        {"a list", withIndexText("[]"), {"index.unreadable " + Index + " | it is not a JSON object"}},
        {"without weight_map", withIndexText("{\"metadata\": {\"total_size\": 1}}"), {"index.unreadable " + Index + " | weight_map is missing"}},
        {"weight_map a list", withIndexText("{\"weight_map\": []}"), {"index.unreadable " + Index + " | weight_map is not an object"}},
        {"weight_map with a number",
         withIndexText("{\"weight_map\": {\"a\": 1}}"),
         {"index.unreadable " + Index + " | weight_map holds a value that is not a string"}},
        {"weight_map twice",
         withIndexText("{\"weight_map\": {}, \"weight_map\": {}}"),
         {"index.unreadable " + Index + " | weight_map stands there twice"}},
        {"text behind it", withIndexText("{\"weight_map\": {}} {}"), {"index.unreadable " + Index + " | text follows the object"}},
        {"two indexes that agree",
         llama([](ModelFolder& f) {
             f.files["other.safetensors.index.json"] = "{\"metadata\": {}, \"weight_map\": {\"" + Up1 + "\": \"" + One + "\"}}";
         }),
         {"index.second other.safetensors.index.json | " + Index}},
        {"the index of the pickles beside ours", llama([](ModelFolder& f) { f.files["pytorch_model.bin.index.json"] = "{}"; }), {}},
        {"the first of two indexes is broken",
         llama([](ModelFolder& f) {
             f.files["other.safetensors.index.json"] = "{";
             f.indexName = "model.safetensors.index.json";
         }),
         {"index.second other.safetensors.index.json | " + Index}},
        {"no index", llama([](ModelFolder& f) { f.hasIndex = false; }), {"index.absent - | 2"}},
    };
}

std::vector<FolderCase> shardFiles()
{
    return {
        {"a shard is missing", llama([](ModelFolder& f) { f.freeze().shards.erase(Two); }), {"index.missing_shard " + Two + " | 10"}},
        {"a shard that holds nothing named is here too",
         llama([](ModelFolder& f) { f.freeze().add("old.safetensors", "w", "F32", {4}); }),
         {"index.surplus_shard old.safetensors | 1 | 16"}},
        {"a shard of an earlier save",
         llama([](ModelFolder& f) {
             f.freeze().add("model-00003-of-00003.safetensors", Up1, "BF16", {32, 8});
         }),
         {"index.surplus_shard model-00003-of-00003.safetensors | 1 | 512"}},
        {"model.safetensors beside the shards",
         llama([](ModelFolder& f) {
             f.freeze().add("model.safetensors", Up1, "BF16", {32, 8});
         }),
         {"index.beside_single model.safetensors | " + Index}},
        {"model.safetensors and another, no index",
         llama([](ModelFolder& f) {
             f.renameShard(One, "model.safetensors").renameShard(Two, "rest.safetensors");
             f.hasIndex = false;
         }),
         {"index.single_among_others rest.safetensors | model.safetensors"}},
        {"an adapter beside its model",
         llama([](ModelFolder& f) {
             f.renameShard(One, "model.safetensors").renameShard(Two, "adapter_model.safetensors");
             f.hasIndex = false;
         }),
         {"index.single_among_others adapter_model.safetensors | model.safetensors"}},
        {"names say three, two are here and named",
         named("model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors"),
         {"index.shard_count model-00001-of-00003.safetensors | 3 | 2"}},
        {"names say one, two are here",
         named("model-00001-of-00001.safetensors", "model-00002-of-00001.safetensors"),
         {"index.shard_number model-00002-of-00001.safetensors | 2 | 1"}},
        {"number beyond the count", named(One, "model-00003-of-00002.safetensors"), {"index.shard_number model-00003-of-00002.safetensors | 3 | 2"}},
        {"two counts",
         named(One, "model-00002-of-00003.safetensors"),
         {"index.shard_count " + One + " | 2 | 1", "index.shard_count model-00002-of-00003.safetensors | 3 | 1"}},
        {"numbers from 0", named("model-00000-of-00002.safetensors", "model-00001-of-00002.safetensors"), {}},
        {"other stems", named("part-a.safetensors", "part-b.safetensors"), {}},
        {"a number with words", named("model-x-of-00002.safetensors", "model-y-of-00002.safetensors"), {}},
        {"no index and a count that fails",
         llama([](ModelFolder& f) {
             f.hasIndex = false;
             f.renameShard(One, "model-00001-of-00003.safetensors").renameShard(Two, "model-00003-of-00003.safetensors");
         }),
         {"index.absent - | 2", "index.shard_count model-00001-of-00003.safetensors | 3 | 2"}},
        {"Mistral's own file, the same",
         llama([](ModelFolder& f) {
             f.freeze();
             for (const auto& shard : {One, Two}) {
                 auto& own = f.shards["consolidated.safetensors"];
                 own.insert(own.end(), f.shards[shard].begin(), f.shards[shard].end());
             }
         }),
         {"index.consolidated consolidated.safetensors"}},
        {"Mistral's own file, another",
         llama([](ModelFolder& f) { f.freeze().add("consolidated.safetensors", "norm.weight", "BF16", {8}); }),
         {"index.consolidated_differs consolidated.safetensors | 1 | 16 | 19 | 3408"}},
        {"pickles beside the shards",
         llama([](ModelFolder& f) { f.files["pytorch_model.bin"] = "x"; }),
         {"folder.other_weights - | pytorch_model.bin"}},
        {"a shard is empty", llama([](ModelFolder& f) { f.files[Two] = ""; }), {"open.empty_file " + Two}},
        {"a shard is zeros", llama([](ModelFolder& f) { f.files[Two] = std::string(64, '\0'); }), {"open.all_zeros " + Two}},
        {"a shard is a git-lfs pointer",
         llama([](ModelFolder& f) { f.files[Two] = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1712\n"; }),
         {"open.lfs_pointer " + Two + " | 1712"}},
        {"a shard is a web page", llama([](ModelFolder& f) { f.files[Two] = "<!DOCTYPE html><p>Not found"; }), {"open.web_page " + Two}},
        {"format absent in all",
         llama([](ModelFolder& f) {
             f.formats = {{One, ""}, {Two, ""}};
         }),
         {"metadata.no_format " + One + " | 2 | 2"}},
        {"format absent in one",
         llama([](ModelFolder& f) {
             f.formats = {{Two, ""}};
         }),
         {"metadata.no_format " + Two + " | 1 | 2"}},
        {"formats differ",
         llama([](ModelFolder& f) {
             f.formats = {{Two, "mlx"}};
         }),
         {"metadata.format_differs " + Two + " | mlx | pt"}},
        {"another format in all",
         llama([](ModelFolder& f) {
             f.formats = {{One, "mlx"}, {Two, "mlx"}};
         }),
         {}},
    };
}

std::vector<FolderCase> all()
{
    return gathered({tensorsAndIndex, indexFiles, shardFiles});
}

} // namespace

/// Index against headers against disk: each folder is broken in one way, and exactly that is told.
class TestAuditsIndex : public QObject {
    Q_OBJECT

private slots:
    void folders_data()
    {
        const auto rows = all();
        QVERIFY(rows.size() >= 60);
        addFolderRows(rows);
    }
    void folders()
    {
        static const auto rows = all();
        QFETCH(int, row);
        const std::string wrong = mismatch(rows.at(static_cast<std::size_t>(row)));
        QVERIFY2(wrong.empty(), wrong.c_str());
    }
};

QTEST_GUILESS_MAIN(TestAuditsIndex)
#include "tst_audits_index.moc"
