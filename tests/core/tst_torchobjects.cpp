// SPDX-License-Identifier: Apache-2.0
// Objects in torch files, from every kind of call that PyTorch and NumPy of any version rebuild them with, and the same calls with
// arguments that make no sense. What each row expects is what torch.load would give, or the reason why it would not.
#include "core/formats/formatreader.h"
#include "core/formats/pickle.h"
#include "core/report/messages.h"
#include "tests/support/tempdir.h"
#include "tests/support/zipfile.h"

#include <QScopeGuard>
#include <QTest>

#include <cstdint>
#include <string>
#include <vector>

using namespace ckptscope;
using namespace ckptscope::test;
using namespace std::string_literals;

namespace {

// --- a pickle, said in words

std::string little(std::uint64_t value, std::size_t bytes)
{
    std::string out;
    for (std::size_t i = 0; i < bytes; ++i) {
        out += static_cast<char>(value >> (8 * i) & 0xFFU);
    }
    return out;
}

std::string text(const std::string& s)
{
    return "X" + little(s.size(), 4) + s;
}

std::string raw(const std::string& s) // bytes of protocol 3
{
    return "B" + little(s.size(), 4) + s;
}

std::string number(std::int64_t value)
{
    return "\x8a\x08" + little(static_cast<std::uint64_t>(value), 8);
}

std::string real(const std::string& spelled)
{
    return "F" + spelled + "\n";
}

std::string joined(const std::vector<std::string>& items)
{
    std::string out;
    for (const auto& item : items) {
        out += item;
    }
    return out;
}

std::string tuple(const std::vector<std::string>& items)
{
    return "(" + joined(items) + "t";
}

std::string list(const std::vector<std::string>& items)
{
    return "](" + joined(items) + "e";
}

std::string dict(const std::vector<std::string>& keysAndValues)
{
    return "}(" + joined(keysAndValues) + "u";
}

std::string sizes(const std::vector<std::int64_t>& values)
{
    std::vector<std::string> items;
    for (const auto value : values) {
        items.push_back(number(value));
    }
    return tuple(items);
}

std::string global(const std::string& module, const std::string& name)
{
    return "c" + module + "\n" + name + "\n";
}

std::string call(const std::string& module, const std::string& name, const std::vector<std::string>& args)
{
    return global(module, name) + tuple(args) + "R";
}

/// cls.__new__(cls), then __setstate__(state).
std::string object(const std::string& module, const std::string& name, const std::string& state)
{
    return global(module, name) + ")\x81" + state + "b";
}

constexpr const char* None = "N";
constexpr const char* False = "\x89";
constexpr const char* True = "\x88";

/// The persistent id of storage 0, of 24 bytes.
std::string storage(std::int64_t elements, const std::string& type = "FloatStorage", const std::string& window = {})
{
    return "(" + text("storage") + global("torch", type) + text("0") + text("cpu") + number(elements) + window + "tQ";
}

/// A tensor of six float32 in storage 0.
std::string tensor(const std::vector<std::int64_t>& shape = {2, 3}, const std::vector<std::int64_t>& strides = {3, 1})
{
    return call("torch._utils", "_rebuild_tensor_v2",
                {storage(6), number(0), sizes(shape), sizes(strides), False, call("collections", "OrderedDict", {})});
}

/// A tensor whose storage does not know its type.
std::string typed(const std::string& dtype, std::int64_t bytes, const std::vector<std::int64_t>& shape, const std::vector<std::int64_t>& strides)
{
    return call("torch._utils", "_rebuild_tensor_v3",
                {storage(bytes, "UntypedStorage"), number(0), sizes(shape), sizes(strides), False, None, global("torch", dtype), None});
}

std::string numpyDtype(const std::string& code, const std::string& order = "<")
{
    return call("numpy", "dtype", {text(code), False, True}) + tuple({number(3), text(order), None, None, None, number(-1), number(-1), number(0)})
        + "b";
}

std::string numpyArray(const std::string& shape, const std::string& dtype, const std::string& bytes, const char* fortran = False)
{
    return call("numpy.core.multiarray", "_reconstruct", {global("numpy", "ndarray"), sizes({0}), raw("b")})
        + tuple({number(1), shape, dtype, fortran, bytes}) + "b";
}

std::string numpyScalar(const std::string& dtype, const std::string& bytes)
{
    return call("numpy.core.multiarray", "scalar", {dtype, bytes});
}

/// What protocol 2 makes of bytes.
std::string encoded(const std::string& latin1InUtf8)
{
    return call("_codecs", "encode", {text(latin1InUtf8), text("latin1")});
}

// --- files

/// As a deflate stream of one stored block.
ZipFile::Entry deflated(const std::string& name, const std::string& content)
{
    ZipFile::Entry entry;
    entry.name = name;
    entry.data = "\x01" + little(content.size(), 2) + little(~content.size(), 2) + content;
    entry.bytes = content.size();
    entry.crc = ZipFile::crc32(content);
    entry.method = 8;
    return entry;
}

std::string archiveOf(const std::string& value, const std::string& byteOrder = "little", bool compressed = false)
{
    const auto pickle = "\x80\x02" + value + ".";
    ZipFile zip;
    if (compressed) {
        zip.add(deflated("x/data.pkl", pickle));
    } else {
        zip.add("x/data.pkl", pickle);
    }
    return zip.add("x/byteorder", byteOrder).add("x/data/0", std::string(24, '\1')).add("x/version", "3").bytes();
}

std::string pickled(const std::string& value)
{
    return archiveOf(dict({text("a"), value}));
}

// --- what was found

std::string valueText(const MetadataValue& value)
{
    struct {
        std::string operator()(std::nullptr_t) const { return "None"; }
        std::string operator()(bool v) const { return v ? "True" : "False"; }
        std::string operator()(std::int64_t v) const { return std::to_string(v); }
        std::string operator()(std::uint64_t v) const { return std::to_string(v); }
        std::string operator()(double v) const { return QString::number(v).toStdString(); }
        std::string operator()(const std::string& v) const { return v; }
        std::string operator()(const MetadataPlace& v) const { return "<" + v.type + " of " + std::to_string(v.bytes.length) + " bytes>"; }
    } words;
    return std::visit(words, value);
}

/// One line a tensor, "a F32[2,3] (note) - why it cannot be read"; one an other value, "a = 1"; one a problem, "! its sentence".
QString listing(const std::string& bytes, const JobContext& job = {})
{
    const TempDir dir;
    const auto opened = openCheckpoint({dir.write("x.pt", bytes)}, {}, job);
    if (!opened) {
        return QString::fromStdString("refused: " + errorText(opened.error()));
    }
    std::string out;
    const auto line = [&](const std::string& words) { out += (out.empty() ? "" : "\n") + words; };
    for (const TensorInfo& one : (*opened)->tensors()) {
        std::string shape;
        for (const auto size : one.shape) {
            shape += (shape.empty() ? "" : ",") + std::to_string(size);
        }
        auto words = std::string(one.key) + " " + std::string(one.dtypeText()) + "[" + shape + "]";
        if (one.extra != nullptr) {
            words += (one.extra->bigEndian ? " big-endian" : "") + (one.extra->note.empty() ? "" : " (" + one.extra->note + ")")
                + (one.extra->quantizer.empty() ? "" : " " + one.extra->quantizer)
                + (one.extra->unreadable.empty() ? "" : " - " + one.extra->unreadable);
        }
        line(words);
    }
    for (const MetadataEntry& entry : (*opened)->metadata()) {
        line(entry.key + " = " + valueText(entry.value));
    }
    for (const Problem& problem : (*opened)->problems()) {
        if (problem.what.code != Code::ConfigMissing && problem.what.code != Code::TorchOrphan) { // not every value has storage 0
            line("! " + messageText(problem.what));
        }
    }
    return QString::fromStdString(out);
}

} // namespace

class TorchObjectsTest : public QObject {
    Q_OBJECT

    static void row(const char* name, const std::string& value, const char* lines)
    {
        QTest::newRow(name) << QByteArray::fromStdString(value) << QString::fromUtf8(lines);
    }

private slots:
    void tensors_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("lines");
        const auto wrong = [](const char* name, const std::string& value, const std::string& shown, const std::string& why) {
            const bool sentence = why.starts_with("it"); // else it goes on from the tensor's name
            row(name, value, (shown + " - " + why + "\n! tensor a " + (sentence ? "cannot be read: " : "") + why).c_str());
        };
        const auto rebuilt = [](const std::string& holder, const std::string& offset, const std::string& shape, const std::string& strides) {
            return call("torch._utils", "_rebuild_tensor", {holder, offset, shape, strides});
        };
        row("PyTorch 0.3", rebuilt(storage(6), number(0), sizes({2, 3}), sizes({3, 1})), "a F32[2,3]");
        row("sizes in a torch.Size", rebuilt(storage(6), number(0), call("torch", "Size", {sizes({2, 3})}), list({number(3), number(1)})),
            "a F32[2,3]");
        row("sizes in an empty torch.Size", rebuilt(storage(6), number(0), call("torch", "Size", {}), sizes({})), "a F32[]");
        row("storage in a TypedStorage", rebuilt(call("torch.storage", "TypedStorage", {storage(6)}), number(0), sizes({6}), sizes({1})), "a F32[6]");
        row("storage of a class below torch.cuda",
            rebuilt("(" + text("storage") + global("torch", "cuda.HalfStorage") + text("0") + text("cuda:0") + number(12) + "tQ", number(0),
                    sizes({12}), sizes({1})),
            "a F16[12]");
        wrong("no storage", rebuilt(number(7), number(0), sizes({6}), sizes({1})), "a unknown[6]", "its storage is not one");
        wrong("storage of a class that is none", rebuilt(storage(6, "FooStorage"), number(0), sizes({6}), sizes({1})), "a unknown[6]",
              "its storage is not one");
        wrong("offset below zero", rebuilt(storage(6), number(-1), sizes({6}), sizes({1})), "a F32[6]", "its offset is not a non-negative number");
        wrong("sizes that are no numbers", rebuilt(storage(6), number(0), tuple({text("2")}), sizes({1})), "a F32[]",
              "its sizes are not non-negative numbers");
        wrong("sizes that are a text", rebuilt(storage(6), number(0), text("2"), sizes({1})), "a F32[]", "its sizes are not non-negative numbers");
        wrong("300 sizes", rebuilt(storage(6), number(0), sizes(std::vector<std::int64_t>(300, 1)), sizes({1})), "a F32[]",
              "its sizes are not non-negative numbers");
        {
            std::string ones = "1";
            for (int i = 1; i < 65; ++i) {
                ones += ",1";
            }
            wrong("65 sizes", tensor(std::vector<std::int64_t>(65, 1), std::vector<std::int64_t>(65, 1)), "a F32[" + ones + "]",
                  "has 65 dimensions; at most 64 are read");
        }

        const auto window = [](std::int64_t offset, std::int64_t elements) { return tuple({text("0v"), number(offset), number(elements)}); };
        row("storage that is a window of another", rebuilt(storage(6, "FloatStorage", window(2, 4)), number(0), sizes({4}), sizes({1})), "a F32[4]");
        wrong("window over the storage's end", rebuilt(storage(6, "FloatStorage", window(3, 4)), number(0), sizes({4}), sizes({1})), "a F32[4]",
              "is a window that reaches over its storage's end");
        wrong("tensor over the window's end", rebuilt(storage(6, "FloatStorage", window(2, 3)), number(0), sizes({4}), sizes({1})), "a F32[4]",
              "reaches over the end of its storage: it needs 16 bytes, the storage has 12");
        row("a window alone", storage(6, "FloatStorage", window(2, 4)), "a F32[4] (a storage, not a tensor)");
        row("a storage alone", storage(6), "a F32[6] (a storage, not a tensor)");
        row("a persistent id that is no storage", "(" + text("module") + text("x") + "tQ", "a = a storage");

        row("dtype beside an untyped storage", typed("uint16", 24, {12}, {1}), "a U16[12]");
        row("pairs of 4-bit floats", typed("float4_e2m1fn_x2", 24, {2, 12}, {12, 1}), "a F4[2,24]");
        row("a single pair of 4-bit floats", typed("float4_e2m1fn_x2", 24, {}, {}), "a torch:float4_e2m1fn_x2[]");
        row("4-bit floats, transposed", typed("float4_e2m1fn_x2", 24, {12, 2}, {1, 12}),
            "a F4[12,4] - a strided view of a type whose elements are not whole bytes or not known");
        wrong("dtype that nobody knows", typed("float3", 24, {6}, {1}), "a U8[6]", "its dtype is not known");

        row("a wrapper subclass",
            call("torch._utils", "_rebuild_wrapper_subclass",
                 {global("my.mod", "Sub"), global("torch", "bfloat16"), sizes({4, 5}), sizes({5, 1}), number(0), None, None, False}),
            "a BF16[4,5] (my.mod.Sub) - a wrapper: its elements are in the tensors that hang on it");
        row("a meta tensor", call("torch._utils", "_rebuild_meta_tensor_no_storage", {global("torch", "float16"), sizes({4}), sizes({1}), False}),
            "a F16[4] - a meta tensor: no elements are stored");
        wrong("a meta tensor without sizes", call("torch._utils", "_rebuild_meta_tensor_no_storage", {global("torch", "float16"), None, None, False}),
              "a F16[]", "its sizes are not non-negative numbers");
        const auto fourFloats = numpyArray(sizes({2}), numpyDtype("f4"), raw(std::string(8, '\0')));
        row("from an XLA device, through NumPy",
            call("torch._utils", "_rebuild_device_tensor_from_numpy", {fourFloats, global("torch", "bfloat16"), text("xla:0"), False}),
            "a F32[2] (saved through NumPy from another device; BF16 in the model, widened to F32 when it was saved)");
        row("from another device, through the CPU",
            call("torch._utils", "_rebuild_device_tensor_from_cpu_tensor", {tensor(), global("torch", "float32"), text("hpu:0"), False}),
            "a F32[2,3]");
        row("nested",
            call("torch._utils", "_rebuild_nested_tensor",
                 {tensor({6}, {1}), typed("int64", 24, {3, 1}, {1, 1}), typed("int64", 24, {3, 1}, {1, 1}), typed("int64", 24, {3}, {1})}),
            "a F32[3] - a nested tensor: its elements are in its parts\n"
            "a.buffer F32[6]\na.sizes I64[3,1] (shares its bytes with a.buffer)\na.strides I64[3,1] (shares its bytes with a.buffer)\n"
            "a.offsets I64[3] (shares its bytes with a.buffer)");
        row("Parameter that is called", call("torch.nn.parameter", "Parameter", {tensor(), True}), "a F32[2,3]");
        row("Parameter with a state", object("torch.nn.parameter", "Parameter", tuple({tensor(), True, call("collections", "OrderedDict", {})})),
            "a F32[2,3]");
        row("FloatTensor with a state", object("torch", "FloatTensor", tuple({storage(6), number(0), sizes({2, 3}), sizes({3, 1})})), "a F32[2,3]");
        row("FloatTensor without a state", call("torch", "HalfTensor", {}), "a F16[0] - it has no state");
        row("FloatTensor of a number", call("torch", "FloatTensor", {number(3)}), "a = torch.FloatTensor(3)");
        row("Tensor with a state", object("torch", "Tensor", tuple({storage(6), number(0), sizes({6}), sizes({1})})), "a F32[6]");

        const auto quantized = [](const std::string& scheme) {
            return call("torch._utils", "_rebuild_qtensor", {storage(6, "QInt8Storage"), number(0), sizes({6}), sizes({1}), scheme, False, None});
        };
        row("quantised", quantized(tuple({global("torch", "per_tensor_affine"), real("0.5"), number(3)})),
            R"(a I8[6] {"scheme":"per_tensor_affine","dtype":"qint8","scale":0.5,"zero_point":3})");
        row("quantised by infinity", quantized(tuple({global("torch", "per_tensor_affine"), real("inf"), number(3)})),
            R"(a I8[6] {"scheme":"per_tensor_affine","dtype":"qint8","scale":"Infinity","zero_point":3})");
        wrong("quantised by nothing", quantized(None), "a I8[6]", "its quantizer is not known");
        wrong("quantised by a text", quantized(tuple({global("torch", "per_tensor_affine"), text("x"), number(3)})),
              R"(a I8[6] {"scheme":"per_tensor_affine","dtype":"qint8")", "its quantizer's scale and zero point are not numbers");
        wrong("quantised along an axis that is not there", quantized(tuple({global("torch", "per_channel_affine"), tensor(), tensor(), number(1)})),
              R"(a I8[6] {"scheme":"per_channel_affine","dtype":"qint8")", "its quantizer's axis is not one of its dimensions");

        const auto coo = [](const std::string& layout, const std::string& shape) {
            return call("torch._utils", "_rebuild_sparse_tensor", {layout, tuple({typed("int64", 24, {1, 3}, {3, 1}), tensor({3}, {1}), shape})});
        };
        row("sparse, its layout as a global", coo(global("torch", "sparse_coo"), sizes({5})),
            "a F32[5] - a sparse tensor: its elements are in its parts\na.indices I64[1,3]\na.values F32[3] (shares its bytes with a.indices)");
        row("sparse, its layout as a call", coo(call("torch.serialization", "_get_layout", {text("torch.sparse_coo")}), sizes({5})),
            "a F32[5] - a sparse tensor: its elements are in its parts\na.indices I64[1,3]\na.values F32[3] (shares its bytes with a.indices)");
        wrong("sparse of no layout", coo(number(1), sizes({5})), "a unknown[]", "its layout is not known");

        row("NumPy, dtype of ml_dtypes",
            numpyArray(sizes({2}), call("numpy", "dtype", {global("ml_dtypes", "bfloat16"), False, True}), raw(std::string(4, '\0'))), "a BF16[2]");
        row("NumPy, dtype of a class that nobody knows",
            numpyArray(sizes({2}), call("numpy", "dtype", {global("my", "dt"), False, True}), raw(std::string(5, '\0'))), "a numpy:dt[2]");
        row("NumPy, big-endian", numpyArray(sizes({2}), numpyDtype("f4", ">"), raw(std::string(8, '\0'))), "a F32[2] big-endian");
        row("NumPy, text", numpyArray(sizes({2}), numpyDtype("U3"), raw(std::string(24, '\0'))), "a numpy:<U3[2]");
        row("NumPy, text in protocol 2", numpyArray(sizes({2}), numpyDtype("U3"), encoded(std::string(24, '\0'))),
            "a numpy:<U3[2] - its bytes are spelled as text (pickle protocol 2)");
        row("NumPy, records",
            numpyArray(sizes({1}),
                       call("numpy", "dtype", {text("V8"), False, True})
                           + tuple({number(3), text("|"), None, tuple({text("x")}), dict({text("x"), None}), number(8), number(1), number(16)}) + "b",
                       raw(std::string(8, '\0'))),
            "a numpy:V8[1]");
        row("NumPy, bytes as a bytearray of text", numpyArray(sizes({2}), numpyDtype("u1"), call("builtins", "bytearray", {text("ab")})), "a U8[2]");
        row("NumPy, big-endian in protocol 2", numpyArray(sizes({1}), numpyDtype("f4", ">"), encoded(std::string("\x3f\xc2\x80\0\0", 5))),
            "a F32[1] big-endian");
        row("NumPy, objects", numpyArray(sizes({1}), numpyDtype("O", "|"), list({number(1)})), "a numpy:O[1] - an array of Python objects");
        row("NumPy, no bytes", numpyArray(sizes({1}), numpyDtype("f4"), number(1)), "a F32[1] - its bytes are not in the pickle");
        row("NumPy, bytes that are text", numpyArray(sizes({1}), numpyDtype("f4"), text("abcd")), "a F32[1] - its bytes are text");
        row("NumPy, bytes in a line of text", numpyArray(sizes({1}), numpyDtype("f4"), "S'a\\nbc'\n"),
            "a F32[1] - its bytes are spelled as lines of text (pickle protocol 0)");
        wrong("NumPy, elements without bytes", numpyArray(sizes({1}), numpyDtype("f4"), call("builtins", "bytes", {})), "a F32[1]",
              "has elements by its shape, but no bytes are stored");
        wrong("NumPy, too few bytes", numpyArray(sizes({3}), numpyDtype("f4"), raw(std::string(8, '\0'))), "a F32[3]",
              "needs 12 bytes by its dtype and shape, but 8 are stored");
        wrong("NumPy, too few bytes in protocol 2", numpyArray(sizes({3}), numpyDtype("f4"), encoded(std::string(8, '\0'))), "a F32[3]",
              "needs 12 bytes by its dtype and shape, but 8 are stored");
        wrong("NumPy, more bytes than there are numbers", numpyArray(sizes({1LL << 62}), numpyDtype("f8"), raw("x")), "a F64[4611686018427387904]",
              "has more bytes than 64 bits can count");
        wrong("NumPy, column-major and longer than that", numpyArray(sizes({1LL << 40, 1LL << 40, 2}), numpyDtype("f4"), raw("x"), True),
              "a F32[1099511627776,1099511627776,2]", "its sizes multiply to more than 64 bits can count");
        row("NumPy, without a state", call("numpy.core.multiarray", "_reconstruct", {global("numpy", "ndarray"), sizes({0}), text("b")}),
            "a.0 = numpy.ndarray\na.1 = (0,)\na.2 = b");
    }
    void tensors()
    {
        QFETCH(QByteArray, value);
        QTEST(listing(pickled(value.toStdString())), "lines");
    }

    /// Values that are no tensors, as Python would print them.
    void values_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("lines");
        row("OrderedDict of pairs, as Python 2 has it",
            call("collections", "OrderedDict", {list({list({text("x"), number(1)}), list({text("y"), number(2)})})}), "a.x = 1\na.y = 2");
        row("dict of a dict", call("builtins", "dict", {dict({text("x"), number(1)})}), "a.x = 1");
        row("set of numbers", call("__builtin__", "set", {list({number(1), number(2)})}), "a = [1, 2]");
        row("tuple of tensors", call("builtins", "tuple", {list({tensor(), number(5)})}), "a.0 F32[2,3]\na.1 = 5");
        row("deque", global("collections", "deque") + ")R(" + number(1) + number(2) + "e", "a = [1, 2]");
        row("size", call("torch", "Size", {sizes({2, 3})}), "a = (2, 3)");
        row("device", call("torch", "device", {text("cuda"), number(1)}), "a = cuda:1");
        row("device without a number", call("torch", "device", {text("cpu")}), "a = cpu");
        row("device that is none", call("torch", "device", {number(5)}), "a = torch.device(5)");
        row("dtype", global("torch", "bfloat16"), "a = torch.bfloat16");
        row("list of a subclass, in a line", list({global("my", "List") + ")\x81(" + number(1) + number(2) + "e", tensor()}),
            "a.1 F32[2,3]\na.0 = [1, 2]");
        row("extension", "\x82\x07", "a = extension 7\n! x/data.pkl uses extension codes, which mean what the loading program registered");
        row("state of what has none", "]}b", "a = []\n! x/data.pkl sets the state of something that has none");
        row("list in itself", "]\x94h\0a"s, "a.0 = (itself)");
        row("TorchScript's list", call("torch.jit._pickle", "build_intlist", {list({number(4), number(5)})}), "a = [4, 5]");
        row("TorchScript's list of tensors", call("torch.jit._pickle", "build_tensorlist", {list({tensor()})}), "a.0 F32[2,3]");
        row("TorchScript's tag", call("torch.jit._pickle", "restore_type_tag", {list({number(4), number(5)}), text("List[int]")}), "a = [4, 5]");
        row("attributes and slots", object("my", "Class", tuple({dict({text("x"), number(1)}), dict({text("y"), number(2)})})), "a.x = 1\na.y = 2");
        row("slots alone", object("my", "Class", tuple({None, dict({text("y"), number(2)})})), "a.y = 2");
        row("state that is a tuple", object("my", "Class", tuple({number(1), number(2), number(3)})), "a.0 = 1\na.1 = 2\na.2 = 3");
        row("state that is a list", object("my", "Class", list({number(1), number(2)})), "a.0 = 1\na.1 = 2");
        row("bytes", encoded("abc"), "a = 3 bytes");
        row("long text", text(std::string(70'000, 'x')), "a = <string of 70000 bytes>");

        const auto le = [](std::uint64_t bits, std::size_t n) { return raw(little(bits, n)); };
        row("float64", numpyScalar(numpyDtype("f8"), le(0x3FF8000000000000ULL, 8)), "a = 1.5");
        row("float32", numpyScalar(numpyDtype("f4"), le(0xC0200000U, 4)), "a = -2.5");
        row("float32, big-endian", numpyScalar(numpyDtype("f4", ">"), raw(std::string("\xC0\x20\0\0", 4))), "a = -2.5");
        row("float64, protocol 2", numpyScalar(numpyDtype("f8"), encoded(std::string("\0\0\0\0\0\0\xc3\xb0?", 9))), "a = 1");
        row("float64, Python 2", numpyScalar(numpyDtype("f8"), "U\x08" + std::string("\0\0\0\0\0\0\xf0?", 8)), "a = 1");
        row("bool", numpyScalar(numpyDtype("b1", "|"), raw("\1")), "a = True");
        row("uint8", numpyScalar(numpyDtype("u1", "|"), raw("\xff")), "a = 255");
        row("uint16", numpyScalar(numpyDtype("u2"), raw("\xff\xff")), "a = 65535");
        row("uint32", numpyScalar(numpyDtype("u4"), raw("\xff\xff\xff\xff")), "a = 4294967295");
        row("uint64", numpyScalar(numpyDtype("u8"), le(UINT64_MAX, 8)), "a = 18446744073709551615");
        row("int8", numpyScalar(numpyDtype("i1", "|"), raw("\xff")), "a = -1");
        row("int16", numpyScalar(numpyDtype("i2"), raw("\xfe\xff")), "a = -2");
        row("int32", numpyScalar(numpyDtype("i4"), raw("\xfd\xff\xff\xff")), "a = -3");
        row("int64", numpyScalar(numpyDtype("i8"), le(UINT64_MAX - 3, 8)), "a = -4");
        // what is none of these is told as the call that it is
        row("float16", numpyScalar(numpyDtype("f2"), raw("\0\x3c"s)), "a.0 = numpy.dtype('f2', False, True)\na.1 = 2 bytes");
        row("scalar of too few bytes", call("numpy.core.multiarray", "scalar", {number(1), raw("abc")}),
            "a = numpy.core.multiarray.scalar(1, 3 bytes)");
        row("scalar without a dtype's name", numpyScalar(call("numpy", "dtype", {number(4)}), raw("abc")), "a.0 = numpy.dtype(4)\na.1 = 3 bytes");
    }
    void values()
    {
        QFETCH(QByteArray, value);
        QTEST(listing(pickled(value.toStdString())), "lines");
    }

    /// What lies below a bare tensor is named after it, and it after its file.
    void bareTensor()
    {
        QCOMPARE(listing(archiveOf(call("torch._utils", "_rebuild_sparse_tensor",
                                        {global("torch", "sparse_coo"), tuple({typed("int64", 24, {1, 3}, {3, 1}), tensor({3}, {1}), sizes({5})})}))),
                 QStringLiteral("x F32[5] - a sparse tensor: its elements are in its parts\nx.indices I64[1,3]\n"
                                "x.values F32[3] (shares its bytes with x.indices)"));
    }

    /// Bytes that stand in a compressed pickle have no place in the file.
    void compressed_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("lines");
        row("in a storage", tensor(), "a F32[2,3]");
        row("NumPy", numpyArray(sizes({2}), numpyDtype("f4"), raw(std::string(8, '\0'))),
            "a F32[2] - it stands in a pickle that is compressed or nested in text");
        row("NumPy, protocol 2", numpyArray(sizes({2}), numpyDtype("f4"), encoded(std::string(8, '\0'))),
            "a F32[2] - it stands in a pickle that is compressed or nested in text");
    }
    void compressed()
    {
        QFETCH(QByteArray, value);
        QTEST(listing(archiveOf(dict({text("a"), value.toStdString()}), "little", true)), "lines");
        // a text that is too long to be held is not told from where it is not stored as it is
        QCOMPARE(listing(archiveOf(dict({text("a"), text(std::string(65'000, 'x')), text("b"), number(1)}), "little", true)).right(5),
                 QStringLiteral("b = 1"));
    }

    /// On a big-endian machine torch swaps storages by their type, which an untyped one has not.
    void bigEndian()
    {
        QCOMPARE(listing(archiveOf(dict({text("a"), tensor()}), "big")), QStringLiteral("a F32[2,3] big-endian"));
        QCOMPARE(listing(archiveOf(dict({text("a"), typed("uint16", 24, {12}, {1})}), "big")),
                 QStringLiteral("a U16[12] - a big-endian file does not say whether this dtype's bytes were swapped\n"
                                "! tensor a has a dtype whose byte order a big-endian file does not tell"));
        QCOMPARE(listing(archiveOf(dict({text("a"), tensor()}), "middle")),
                 QStringLiteral("a F32[2,3]\n! the byteorder record says middle, neither little nor big"));
    }

    /// Limits end a list, and are said.
    void limits_data()
    {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QString>("problem");
        const auto row = [](const char* name, const std::string& value, const char* problem) {
            QTest::newRow(name) << QByteArray::fromStdString(value) << problem;
        };
        row("tensors", list({tensor(), tensor(), tensor(), tensor()}), "the pickle unfolds to more than 3 values; what was listed is not all");
        std::string nested = number(1);
        for (int i = 0; i < 40; ++i) {
            nested = dict({text("n"), nested});
        }
        row("depth", nested, "the pickle nests deeper, or has longer names, than 30; what was listed is not all");
        std::string names = number(1);
        for (int i = 0; i < 7; ++i) {
            names = dict({text(std::string(10'000, 'n')), names});
        }
        row("long names", names, "the pickle nests deeper, or has longer names, than 65,536; what was listed is not all");
        std::string unfolding = list({number(1), tensor()}) + "\x94";
        for (int i = 0; i < 12; ++i) {
            unfolding = "(" + unfolding + "h" + little(static_cast<std::uint64_t>(i), 1) + "l\x94";
        }
        row("values", unfolding, "the pickle unfolds to more than 1,000 values; what was listed is not all");
    }
    void limits()
    {
        const auto restore = qScopeGuard([files = ckptscope::limits(), pickles = pickle::limits()] {
            ckptscope::limits() = files;
            pickle::limits() = pickles;
        });
        ckptscope::limits().tensorsPerFile = QByteArray(QTest::currentDataTag()) == "tensors" ? 3 : 1'000'000;
        pickle::limits().visits = 1000;
        pickle::limits().depth = 30;
        QFETCH(QByteArray, value);
        QFETCH(QString, problem);
        const auto lines = listing(pickled(value.toStdString()));
        QVERIFY2(lines.contains(problem), qPrintable(lines.right(300)));
    }

    void cancelled()
    {
        std::stop_source stop;
        stop.request_stop();
        JobContext job;
        job.stop = stop.get_token();
        QVERIFY(listing(pickled(tensor()), job).startsWith("refused: "));
    }
};

QTEST_APPLESS_MAIN(TorchObjectsTest)
#include "tst_torchobjects.moc"
