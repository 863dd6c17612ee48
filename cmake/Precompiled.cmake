# SPDX-License-Identifier: Apache-2.0
# ckptscope_precompile(TARGET [Qt headers...]) parses the headers of the standard library, and these of Qt, once a target, not once a file: a build
# takes half the time. ckptscope_precompile_as(TARGET OTHER) takes those of a target that is compiled with the very same options.
# Each file still includes what it uses: the presets `fuzz` and `core-only` build without.
option(CKPTSCOPE_PCH "Precompile the headers of the standard library and of Qt" ON)

function(ckptscope_precompile target)
    if(CKPTSCOPE_PCH)
        target_precompile_headers(${target} PRIVATE <algorithm> <array> <atomic> <bit> <charconv> <cmath> <condition_variable> <cstddef> <cstdint>
            <cstdio> <cstring> <functional> <limits> <map> <memory> <mutex> <numeric> <optional> <set> <span> <stop_token>
            <string> <string_view> <system_error> <thread> <tuple> <unordered_map> <unordered_set> <utility> <variant> <vector> ${ARGN})
    endif()
endfunction()

function(ckptscope_precompile_as target other)
    if(CKPTSCOPE_PCH)
        target_precompile_headers(${target} REUSE_FROM ${other})
    endif()
endfunction()
