# SPDX-License-Identifier: Apache-2.0
# Run by CPack on what it is about to pack: strips as Debian's dh_strip does, so that lintian finds nothing left over.
find_program(strip_program strip REQUIRED)
file(GLOB_RECURSE programs LIST_DIRECTORIES OFF ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/bin/*)
foreach(file IN LISTS programs)
    execute_process(COMMAND ${strip_program} --remove-section=.comment --remove-section=.note ${file} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(GLOB_RECURSE archives LIST_DIRECTORIES OFF ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*.a)
foreach(file IN LISTS archives)
    execute_process(COMMAND ${strip_program} --strip-debug --enable-deterministic-archives --remove-section=.comment --remove-section=.note ${file}
        COMMAND_ERROR_IS_FATAL ANY)
endforeach()
