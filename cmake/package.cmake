# Debian packages of what is installed, by CPack (scripts/package): `turnpike` and `turnpike-bench`, and beside each its debug symbols.
set(debian ${CMAKE_SOURCE_DIR}/packaging/debian)
set(maintainer "turnpike <turnpike@packages.invalid>")

# What only a package has: what Debian asks of every one, and the examples that /etc/turnpike has elsewhere.
function(package_papers component package)
  set(papers ${CMAKE_BINARY_DIR}/packaging/${package})
  set(PACKAGE ${package})
  set(MAINTAINER ${maintainer})
  string(TIMESTAMP DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)  # SOURCE_DATE_EPOCH, if that is set
  configure_file(${debian}/changelog.in ${papers}/changelog.Debian @ONLY)
  execute_process(COMMAND gzip -9nkf ${papers}/changelog.Debian COMMAND_ERROR_IS_FATAL ANY)
  install(FILES ${papers}/changelog.Debian.gz ${debian}/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component}
          EXCLUDE_FROM_ALL)
endfunction()
package_papers(server turnpike)
package_papers(bench turnpike-bench)

set(CPACK_GENERATOR DEB)

set(CPACK_PACKAGE_CONTACT ${maintainer})
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)  # for what goes to /etc
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL server bench)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE none)  # scripts/package has not finished with them

set(CPACK_DEBIAN_SERVER_PACKAGE_NAME turnpike)
set(CPACK_COMPONENT_SERVER_DESCRIPTION "TURN and STUN relay server for LiveKit-style SFUs
Participants of calls whose network lets no media through connect to it over
UDP, TCP or TLS, with credentials that LiveKit or another TURN REST service
hands them, and it relays their packets to the SFU and to each other: inside
the kernel where that can be, and through sockets everywhere else.")
# The user and the folders are made by the files of systemd, which runs without systemd as well.
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS
    "init-system-helpers (>= 1.54~), systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_SERVER_PACKAGE_SUGGESTS turnpike-bench)
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA ${debian}/conffiles ${debian}/postinst ${debian}/prerm ${debian}/postrm)

set(CPACK_DEBIAN_BENCH_PACKAGE_NAME turnpike-bench)
set(CPACK_COMPONENT_BENCH_DESCRIPTION "load generator for TURN servers
It puts any TURN server under load with scenarios of calls, keeps books of
every packet, and tells what became of them and what they cost.")
include(CPack)
