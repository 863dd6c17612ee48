# SPDX-License-Identifier: Apache-2.0
# cmake --install build/release --prefix /usr/local: the programs, and what a desktop needs to know of the window.
include(GNUInstallDirs)
install(TARGETS ckptscope RUNTIME)
if(CKPTSCOPE_BUILD_UI)
    install(TARGETS ckptscope-gui RUNTIME)
    install(FILES resources/desktop/ckptscope.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
    install(FILES resources/desktop/ckptscope.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
    install(FILES resources/desktop/ckptscope-mime.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/mime/packages RENAME ckptscope.xml)
    install(FILES resources/icons/app.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps RENAME ckptscope.svg)
endif()
