# SPDX-License-Identifier: Apache-2.0
# cmake --install build/release --prefix /usr/local [--component cli|gui|dev]
#   cli: the command line with its manual and completions; gui: the window and what a desktop needs to know of it;
#   dev: core as a library, for find_package(ckptscope) (examples/ls). cmake/Package.cmake makes a Debian package of each.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

# What the parser says of itself: manual and completions. Sanitized builds are not what anybody installs.
find_program(CKPTSCOPE_GZIP gzip)
if(CKPTSCOPE_GZIP AND NOT CKPTSCOPE_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
    set(said ${CMAKE_BINARY_DIR}/said)
    file(MAKE_DIRECTORY ${said})
    add_custom_command(
        OUTPUT ${said}/ckptscope.1.gz ${said}/ckptscope.bash ${said}/_ckptscope ${said}/ckptscope.fish
        COMMAND ckptscope --generate man > ${said}/ckptscope.1
        COMMAND ${CKPTSCOPE_GZIP} -9nf ${said}/ckptscope.1
        COMMAND ckptscope --generate completion-bash > ${said}/ckptscope.bash
        COMMAND ckptscope --generate completion-zsh > ${said}/_ckptscope
        COMMAND ckptscope --generate completion-fish > ${said}/ckptscope.fish
        DEPENDS ckptscope
        COMMENT "Manual and completions of ckptscope")
    add_custom_target(ckptscope_said ALL DEPENDS ${said}/ckptscope.1.gz)
    install(FILES ${said}/ckptscope.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT cli)
    install(FILES ${said}/ckptscope.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ckptscope COMPONENT cli)
    set(CKPTSCOPE_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh looks for completions (Debian: share/zsh/vendor-completions)")
    install(FILES ${said}/_ckptscope DESTINATION ${CKPTSCOPE_ZSH_DIR} COMPONENT cli)
    install(FILES ${said}/ckptscope.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT cli)
    if(CKPTSCOPE_BUILD_UI)
        add_custom_command(
            OUTPUT ${said}/ckptscope-gui.1.gz
            COMMAND ${CKPTSCOPE_GZIP} -9nc ${PROJECT_SOURCE_DIR}/resources/desktop/ckptscope-gui.1 > ${said}/ckptscope-gui.1.gz
            DEPENDS ${PROJECT_SOURCE_DIR}/resources/desktop/ckptscope-gui.1
            COMMENT "Manual of ckptscope-gui")
        add_custom_target(ckptscope_gui_said ALL DEPENDS ${said}/ckptscope-gui.1.gz)
        install(FILES ${said}/ckptscope-gui.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT gui)
    endif()
endif()

install(TARGETS ckptscope RUNTIME COMPONENT cli)

if(CKPTSCOPE_BUILD_UI)
    install(TARGETS ckptscope-gui RUNTIME COMPONENT gui)
    set(desktop ${PROJECT_SOURCE_DIR}/resources/desktop)
    install(FILES ${desktop}/ckptscope.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT gui)
    install(FILES ${desktop}/ckptscope.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo RENAME org.ckptscope.ckptscope.metainfo.xml COMPONENT gui)
    install(FILES ${desktop}/ckptscope-mime.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages RENAME ckptscope.xml COMPONENT gui)
    set(icon ${PROJECT_SOURCE_DIR}/resources/icons/app.svg)
    set(icons ${CMAKE_INSTALL_DATADIR}/icons/hicolor)
    install(FILES ${icon} DESTINATION ${icons}/scalable/apps RENAME ckptscope.svg COMPONENT gui)
    # Rendered ones for desktops (and software centres) that take no SVG.
    find_program(CKPTSCOPE_RSVG rsvg-convert)
    if(CKPTSCOPE_RSVG)
        set(rendered "")
        foreach(size 16 22 24 32 48 64 128 256)
            set(png ${CMAKE_BINARY_DIR}/icons/${size}/ckptscope.png)
            file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/icons/${size})
            add_custom_command(OUTPUT ${png} COMMAND ${CKPTSCOPE_RSVG} -w ${size} -h ${size} -o ${png} ${icon} DEPENDS ${icon} VERBATIM)
            list(APPEND rendered ${png})
            install(FILES ${png} DESTINATION ${icons}/${size}x${size}/apps COMPONENT gui)
        endforeach()
        add_custom_target(ckptscope_icons ALL DEPENDS ${rendered})
    endif()
endif()

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ckptscope)
install(TARGETS ckptscope_core EXPORT ckptscope
    ARCHIVE COMPONENT dev
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ckptscope COMPONENT dev)
if(CKPTSCOPE_HAS_CUDA)
    install(TARGETS ckptscope_cuda EXPORT ckptscope ARCHIVE COMPONENT dev)
endif()
install(EXPORT ckptscope NAMESPACE ckptscope:: FILE ckptscopeTargets.cmake DESTINATION ${package_dir} COMPONENT dev)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/ckptscopeConfig.cmake.in ${CMAKE_BINARY_DIR}/ckptscopeConfig.cmake
    INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/ckptscopeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/ckptscopeConfig.cmake ${CMAKE_BINARY_DIR}/ckptscopeConfigVersion.cmake DESTINATION ${package_dir} COMPONENT dev)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples/ls DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libckptscope-dev/examples COMPONENT dev)
