# SPDX-License-Identifier: Apache-2.0
# ckptscope_embed_files(TARGET SYMBOL FILES...): compiles text files into TARGET as
#   namespace ckptscope { extern const EmbeddedFile SYMBOL[]; extern const std::size_t SYMBOLCount; }
# so that no file is needed at run time. See core/contracts/embedded.h.
function(ckptscope_embed_files target symbol)
    set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded_${symbol}.cpp)
    add_custom_command(
        OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DSYMBOL=${symbol} "-DFILES=${ARGN}" -P ${PROJECT_SOURCE_DIR}/cmake/WriteEmbedded.cmake
        DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/cmake/WriteEmbedded.cmake
        VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()
