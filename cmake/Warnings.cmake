# SPDX-License-Identifier: Apache-2.0
# ckptscope::warnings: what every target of ours compiles with.
include(CheckPIESupported)
check_pie_supported()

add_library(ckptscope_warnings INTERFACE)
add_library(ckptscope::warnings ALIAS ckptscope_warnings)
target_compile_options(ckptscope_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
if(CKPTSCOPE_WERROR)
    target_compile_options(ckptscope_warnings INTERFACE -Werror)
endif()
# GCC 12 warns of its own std::variant and std::optional under sanitizers (GCC bug 105562); the plain builds keep the warning.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CKPTSCOPE_SANITIZE)
    target_compile_options(ckptscope_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
# GCC 12 sees an overlap in any optimised std::string concatenation that starts with a literal (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(ckptscope_warnings INTERFACE -Wno-restrict)
endif()
# GCC 12 forgets that precompiled headers are the system's, and warns of std::string's own memcpy; the presets without them keep the warning.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13 AND CKPTSCOPE_PCH)
    target_compile_options(ckptscope_warnings INTERFACE -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(CKPTSCOPE_SANITIZE)
    add_compile_options(-fsanitize=${CKPTSCOPE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${CKPTSCOPE_SANITIZE})
else()
    # Hardening for what opens strangers' files.
    add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-fstack-protector-strong>)
    if(CMAKE_BUILD_TYPE MATCHES "Rel")
        add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-U_FORTIFY_SOURCE> $<$<COMPILE_LANGUAGE:C,CXX>:-D_FORTIFY_SOURCE=2>)
    endif()
    add_link_options(-Wl,-z,relro,-z,now)
endif()
