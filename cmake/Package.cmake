# SPDX-License-Identifier: Apache-2.0
# cpack -G DEB in build/package (script/package): ckptscope, ckptscope-gui and libckptscope-dev, as Debian would have them.
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    return() # where the libraries and documents of a package lie follows from the prefix
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ckptscope)
set(CPACK_PACKAGE_CONTACT "ckptscope maintainers <maintainers@users.noreply.r-seed-163c37ba.example>")
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL cli gui dev)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# Strips with Debian's options, not CPack's.
set(CPACK_STRIP_FILES OFF)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/StripPackage.cmake)

set(CPACK_DEBIAN_CLI_PACKAGE_NAME ckptscope)
set(CPACK_DEBIAN_CLI_PACKAGE_SECTION science)
set(CPACK_COMPONENT_CLI_DESCRIPTION "inspector and repairer of model checkpoints (command line)
Opens a model checkpoint (safetensors, torch, GGUF, DCP, NumPy), says which
tensors are stored in a dtype that the model's numerics cannot bear, with the
rule, the reason and the source of each verdict, and writes a repaired copy in
which every other tensor is byte for byte as it was.
.
This package has the command line, which needs no display.")

set(CPACK_DEBIAN_GUI_PACKAGE_NAME ckptscope-gui)
set(CPACK_DEBIAN_GUI_PACKAGE_SECTION science)
# The platform plugins are loaded, not linked; the window needs none of the program ckptscope, but copies its commands.
set(CPACK_DEBIAN_GUI_PACKAGE_DEPENDS "qt6-qpa-plugins")
set(CPACK_DEBIAN_GUI_PACKAGE_RECOMMENDS "ckptscope, qt6-wayland, qt6-translations-l10n, fonts-dejavu-core | fonts-noto-core")
set(CPACK_COMPONENT_GUI_DESCRIPTION "inspector and repairer of model checkpoints (window)
Opens a model checkpoint (safetensors, torch, GGUF, DCP, NumPy), says which
tensors are stored in a dtype that the model's numerics cannot bear, with the
rule, the reason and the source of each verdict, and writes a repaired copy in
which every other tensor is byte for byte as it was.
.
This package has the window, with values, histograms, half-lives, a map of the
file and a comparison of two checkpoints.")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libckptscope-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libre2-dev, libssl-dev, libxxhash-dev, pkgconf | pkg-config, zlib1g-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "cmake")
set(CPACK_COMPONENT_DEV_DESCRIPTION "inspector and repairer of model checkpoints (development files)
Opens a model checkpoint (safetensors, torch, GGUF, DCP, NumPy), says which
tensors are stored in a dtype that the model's numerics cannot bear, and plans
and writes repaired copies.
.
This package has the engine as a static C++ library, with its headers, files
for CMake's find_package, and an example.")

set(packages "cli=ckptscope" "gui=ckptscope-gui" "dev=libckptscope-dev")
foreach(pair IN LISTS packages)
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 component)
    list(GET pair 1 package)
    set(doc ${CMAKE_INSTALL_DATADIR}/doc/${package})
    set(made ${CMAKE_BINARY_DIR}/debian/${package})
    file(MAKE_DIRECTORY ${made})
    install(FILES ${PROJECT_SOURCE_DIR}/packaging/debian/copyright DESTINATION ${doc} COMPONENT ${component})
    foreach(log "CHANGELOG.md=changelog.gz" "packaging/debian/changelog=changelog.Debian.gz")
        string(REPLACE "=" ";" log ${log})
        list(GET log 0 from)
        list(GET log 1 to)
        execute_process(COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/${from} OUTPUT_FILE ${made}/${to} COMMAND_ERROR_IS_FATAL ANY)
        set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${from})
        install(FILES ${made}/${to} DESTINATION ${doc} COMPONENT ${component})
    endforeach()
    file(CONFIGURE OUTPUT ${made}/${package}
        CONTENT "# Not uploaded to Debian: no bug there asks for it to be packaged.\n${package}: initial-upload-closes-no-bugs *\n")
    install(FILES ${made}/${package} DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT ${component})
endforeach()
include(CPack)
