// SPDX-License-Identifier: Apache-2.0
#include "core/formats/pickleglobals.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace ckptscope::pickle {

namespace {

using Grade = PickleGlobal::Grade;

// Names by module that we read as data: pytorch/pytorch torch/_weights_only_unpickler.py `_get_allowed_globals`, and
// what NumPy, pathlib and torch.distributed.checkpoint write. Each list is sorted.
struct KnownModule {
    std::string_view module;
    std::string_view names; ///< separated by spaces, with one at both ends
};
constexpr std::array Known{
    KnownModule{"_codecs", " encode "},
    KnownModule{"builtins", " bool bytearray bytes complex dict float frozenset int list object range set slice str tuple "},
    KnownModule{"collections", " Counter OrderedDict UserDict defaultdict deque "},
    KnownModule{"copyreg", " _reconstructor "},
    KnownModule{"datetime", " date datetime timedelta timezone "},
    KnownModule{"pathlib", " Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath "},
    KnownModule{"pathlib._local", " Path PosixPath PurePath PurePosixPath PureWindowsPath WindowsPath "},
    KnownModule{"numpy", " dtype ndarray bool_ float16 float32 float64 int8 int16 int32 int64 uint8 uint16 uint32 uint64 "},
    KnownModule{"numpy.core.multiarray", " _reconstruct scalar "},
    KnownModule{"numpy._core.multiarray", " _reconstruct scalar "},
    KnownModule{"numpy.core.numeric", " _frombuffer "},
    KnownModule{"numpy._core.numeric", " _frombuffer "},
    KnownModule{"ml_dtypes", " bfloat16 float8_e4m3fn float8_e5m2 "},
    KnownModule{"torch.nn.parameter", " Buffer Parameter UninitializedBuffer UninitializedParameter "},
    KnownModule{"torch.serialization", " _get_layout "},
    KnownModule{"torch.storage", " TypedStorage UntypedStorage _UntypedStorage _TypedStorage "},
    KnownModule{"torch._utils",
                " _rebuild_device_tensor_from_cpu_tensor _rebuild_device_tensor_from_numpy "
                "_rebuild_meta_tensor_no_storage _rebuild_nested_tensor "
                "_rebuild_parameter _rebuild_parameter_with_state _rebuild_qtensor _rebuild_sparse_csr_tensor "
                "_rebuild_sparse_tensor _rebuild_tensor "
                "_rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_wrapper_subclass "},
    KnownModule{"torch._tensor", " _rebuild_from_type _rebuild_from_type_v2 "},
    KnownModule{"torch.jit._pickle", " build_boollist build_doublelist build_intlist build_tensor_from_id build_tensorlist restore_type_tag "},
    KnownModule{"torch.distributed.device_mesh", " DeviceMesh "},
    KnownModule{"torch.distributed._mesh_layout", " _FlatLayout _MeshLayout "},
    KnownModule{"torch.distributed.tensor", " DTensor "},
    KnownModule{"torch.distributed.tensor._dtensor_spec", " DTensorSpec ShardOrderEntry TensorMeta "},
    KnownModule{"torch.distributed.tensor.placement_types", " Partial Replicate Shard _StridedShard "},
    KnownModule{"torch.distributed.checkpoint.metadata",
                " BytesStorageMetadata ChunkStorageMetadata Metadata MetadataIndex StorageMeta TensorProperties "
                "TensorStorageMetadata _MEM_FORMAT_ENCODING "},
    KnownModule{"torch.distributed.checkpoint.filesystem", " _StorageInfo _StoragePrefix "},
    KnownModule{"torch.distributed._shard.sharded_tensor.metadata",
                " MEM_FORMAT_ENCODING ShardedTensorMetadata TensorProperties _MEM_FORMAT_ENCODING "},
    KnownModule{"torch.distributed._shard.checkpoint.metadata",
                " BytesStorageMetadata ChunkStorageMetadata Metadata MetadataIndex TensorStorageMetadata "},
    KnownModule{"torch.distributed._shard.checkpoint.filesystem", " _StorageInfo "},
};

constexpr std::string_view TorchDTypes =
    " bcomplex32 bfloat16 bits16 bits1x8 bits2x4 bits4x2 bits8 bool complex128 complex32 complex64 float16 float32 "
    "float4_e2m1fn_x2 float64 "
    "float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu int1 int16 int2 int3 int32 int4 int5 "
    "int6 int64 int7 int8 qint32 qint8 "
    "quint2x4 quint4x2 quint8 uint1 uint16 uint2 uint3 uint32 uint4 uint5 uint6 uint64 uint7 uint8 ";
constexpr std::string_view TorchValues = " Size Tensor contiguous_format channels_last channels_last_3d device jagged "
                                         "per_channel_affine per_channel_affine_float_qparams "
                                         "per_channel_symmetric per_tensor_affine per_tensor_symmetric preserve_format "
                                         "sparse_bsc sparse_bsr sparse_coo sparse_csc sparse_csr strided ";
constexpr std::string_view TorchElements = " BFloat16 Bool Byte Char ComplexDouble ComplexFloat Double Float Half Int Long QInt32 QInt8 QUInt2x4 "
                                           "QUInt4x2 QUInt8 Short Untyped ";

/// Modules whose every name runs code, reads or writes files, or opens connections; submodules too.
constexpr auto Dangerous = std::to_array<std::string_view>({
    "__builtins__",
    "_aix_support",
    "_asyncio",
    "_ctypes",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_imp",
    "_interpreters",
    "_io",
    "_multiprocessing",
    "_osx_support",
    "_pickle",
    "_posixshmem",
    "_posixsubprocess",
    "_pyrepl",
    "_signal",
    "_socket",
    "_sqlite3",
    "_thread",
    "_winapi",
    "_xxsubinterpreters",
    "aiohttp",
    "antigravity",
    "asynchat",
    "asyncio",
    "asyncore",
    "atexit",
    "bdb",
    "cPickle",
    "cProfile",
    "cgi",
    "cgitb",
    "cloudpickle",
    "cmd",
    "code",
    "codeop",
    "commands",
    "compileall",
    "concurrent",
    "ctypes",
    "dbm",
    "difflib",
    "dill",
    "distutils",
    "doctest",
    "ensurepip",
    "fcntl",
    "filecmp",
    "fileinput",
    "ftplib",
    "functools",
    "gc",
    "genericpath",
    "glob",
    "http",
    "httplib",
    "httpx",
    "idlelib",
    "imaplib",
    "imp",
    "importlib",
    "inspect",
    "ipykernel",
    "jinja2",
    "joblib",
    "jsonpickle",
    "lib2to3",
    "linecache",
    "logging",
    "mailcap",
    "marshal",
    "mmap",
    "modulefinder",
    "msvcrt",
    "multiprocessing",
    "netrc",
    "nntplib",
    "nt",
    "ntpath",
    "nturl2path",
    "numpy.ctypeslib",
    "numpy.distutils",
    "numpy.f2py",
    "numpy.testing",
    "operator",
    "_operator",
    "os",
    "paramiko",
    "pdb",
    "pexpect",
    "pickle",
    "pickletools",
    "pip",
    "pkg_resources",
    "pkgutil",
    "platform",
    "poplib",
    "posix",
    "posixpath",
    "profile",
    "pty",
    "py_compile",
    "pydoc",
    "readline",
    "requests",
    "rlcompleter",
    "runpy",
    "sched",
    "select",
    "selectors",
    "setuptools",
    "shelve",
    "shlex",
    "shutil",
    "signal",
    "site",
    "smtpd",
    "smtplib",
    "socket",
    "socketserver",
    "sqlite3",
    "ssl",
    "subprocess",
    "sys",
    "syslog",
    "tarfile",
    "telnetlib",
    "tempfile",
    "test",
    "thread",
    "threading",
    "timeit",
    "torch._dynamo",
    "torch._inductor",
    "torch.fx.experimental",
    "torch.hub",
    "torch.jit",
    "torch.multiprocessing",
    "torch.package",
    "torch.utils._config_module",
    "torch.utils.bottleneck",
    "torch.utils.collect_env",
    "torch.utils.cpp_extension",
    "torch.utils.data.datapipes",
    "trace",
    "types",
    "unittest",
    "urllib",
    "urllib2",
    "uuid",
    "venv",
    "webbrowser",
    "winreg",
    "xmlrpc",
    "zipapp",
    "zipfile",
    "zipimport",
});

/// Single names of modules that are otherwise not known.
constexpr std::array DangerousNames{
    KnownModule{"builtins",
                " __build_class__ __import__ apply breakpoint compile delattr dir eval exec execfile exit file filter "
                "getattr globals hasattr help "
                "input license locals map memoryview open quit raw_input reduce reload setattr super type vars "},
    KnownModule{"codecs", " open "},
    KnownModule{"io", " FileIO open open_code "},
    KnownModule{"numpy", " fromfile fromregex genfromtxt load loadtxt memmap save savetxt savez "},
    KnownModule{"pandas", " eval read_pickle "},
    KnownModule{"torch", " compile load save "},
    KnownModule{"torch.serialization", " load save "},
    KnownModule{"torch.storage", " _load_from_bytes "},
    KnownModule{"torch.distributed.elastic.rendezvous.api", " basichandlers "},
    KnownModule{"torch.utils._import_utils", " dill_available "},
    KnownModule{"copyreg", " add_extension "},
};

/// Parts of a dotted path that lead to code whatever stands in front of them.
constexpr std::string_view DangerousSteps =
    " builtins cloudpickle ctypes dill eval exec execfile getattr importlib io marshal nt os pickle popen posix "
    "pty runpy shutil socket subprocess sys system ";

/// CPython Lib/_compat_pickle.py: what an unpickler makes of Python 2's module names, as far as it matters here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> Python2{
    {{"__builtin__", "builtins"}, {"copy_reg", "copyreg"}, {"UserDict", "collections"}, {"exceptions", "builtins"}}};

bool hasWord(std::string_view words, std::string_view word)
{
    if (word.empty() || word.find(' ') != std::string_view::npos) {
        return false;
    }
    for (auto at = words.find(word); at != std::string_view::npos; at = words.find(word, at + 1)) {
        if (at > 0 && words[at - 1] == ' ' && at + word.size() < words.size() && words[at + word.size()] == ' ') {
            return true;
        }
    }
    return false;
}

template<class Table>
bool listed(const Table& table, std::string_view module, std::string_view name)
{
    return std::any_of(table.begin(), table.end(), [&](const KnownModule& row) { return row.module == module && hasWord(row.names, name); });
}

bool dangerousModule(std::string_view module)
{
    return std::any_of(Dangerous.begin(), Dangerous.end(), [module](std::string_view prefix) {
        return module.starts_with(prefix) && (module.size() == prefix.size() || module[prefix.size()] == '.');
    });
}

bool isTorchClass(std::string_view name)
{
    for (const std::string_view suffix : {"Storage", "Tensor"}) {
        if (name.ends_with(suffix) && hasWord(TorchElements, name.substr(0, name.size() - suffix.size()))) {
            return true;
        }
    }
    return false;
}

/// A step of a dotted path, or a plain name, that leads to code.
bool dangerousStep(std::string_view step)
{
    if (step.size() > 4 && step.starts_with("__") && step.ends_with("__")) {
        return true;
    }
    while (step.starts_with('_')) { // modules that import os as _os
        step.remove_prefix(1);
    }
    return hasWord(DangerousSteps, step);
}

template<class Test>
bool anyStep(std::string_view dotted, Test test)
{
    while (true) {
        const auto dot = dotted.find('.');
        if (test(dotted.substr(0, dot))) {
            return true;
        }
        if (dot == std::string_view::npos) {
            return false;
        }
        dotted.remove_prefix(dot + 1);
    }
}

bool isDangerous(std::string_view module, std::string_view name)
{
    if (name == "(computed)" || dangerousModule(module) || listed(DangerousNames, module, name)) {
        return true;
    }
    if (module == "builtins") { // what is neither data nor an exception
        return !name.ends_with("Error") && !name.ends_with("Exception") && !name.ends_with("Warning") && !hasWord(Known[1].names, name)
            && !hasWord(" abs all any ascii bin callable chr divmod enumerate format hash hex id isinstance issubclass "
                        "iter len max min next oct ord pow "
                        "repr reversed round sorted sum zip NotImplemented Ellipsis StopIteration GeneratorExit "
                        "KeyboardInterrupt ",
                        name);
    }
    if (anyStep(module, [](std::string_view step) { return hasWord(" builtins importlib os posix runpy subprocess sys ", step); })) {
        return true;
    }
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) {
        return name.starts_with("__") && name.ends_with("__") && name.size() > 4;
    }
    // Every place where the module could end: torch + "hub.load" is torch.hub + "load".
    if (anyStep(name, dangerousStep)) {
        return true;
    }
    auto joined = std::string(module);
    auto rest = name;
    for (auto at = dot; at != std::string_view::npos; at = rest.find('.')) {
        joined += '.';
        joined += rest.substr(0, at);
        rest.remove_prefix(at + 1);
        const auto end = rest.find('.');
        if (dangerousModule(joined) || dangerousModule(rest) || listed(DangerousNames, joined, rest.substr(0, end))) {
            return true;
        }
    }
    return false;
}

} // namespace

Grade gradeGlobal(std::string_view module, std::string_view name)
{
    // No real name is longer; the lists below need not be searched for it.
    if (module.size() > 512 || name.size() > 512) {
        return Grade::Dangerous;
    }
    for (const auto& [old, now] : Python2) {
        if (module == old) {
            module = now;
            break;
        }
    }
    if (module == "builtins" && (name == "unicode" || name == "long" || name == "xrange" || name == "basestring")) {
        return Grade::Known;
    }
    if (listed(Known, module, name)) {
        return Grade::Known;
    }
    if (module == "torch" && (hasWord(TorchDTypes, name) || hasWord(TorchValues, name))) {
        return Grade::Known;
    }
    if ((module == "torch" || module == "torch.storage" || module == "torch.cuda" || module == "torch.sparse" || module == "torch.cuda.sparse")
        && isTorchClass(name)) {
        return Grade::Known;
    }
    if (module == "types" && name == "SimpleNamespace") { // holds attributes, no more
        return Grade::Unknown;
    }
    return isDangerous(module, name) ? Grade::Dangerous : Grade::Unknown;
}

} // namespace ckptscope::pickle
