# Defines the target ringfs_liburing. Static by default: the addon then needs nothing but libc at run time.

option(RINGFS_LIBURING_SHARED "Link liburing.so instead of liburing.a" OFF)

find_path(LIBURING_INCLUDE_DIR liburing.h)
if(RINGFS_LIBURING_SHARED)
  find_library(LIBURING_LIBRARY NAMES uring)
else()
  find_library(LIBURING_LIBRARY NAMES liburing.a)
endif()

if(NOT LIBURING_INCLUDE_DIR OR NOT LIBURING_LIBRARY)
  message(FATAL_ERROR
    "liburing was not found (header: ${LIBURING_INCLUDE_DIR}; library: ${LIBURING_LIBRARY}). "
    "Debian and Ubuntu: apt-get install liburing-dev")
endif()

add_library(ringfs_liburing INTERFACE)
target_include_directories(ringfs_liburing SYSTEM INTERFACE ${LIBURING_INCLUDE_DIR})
target_link_libraries(ringfs_liburing INTERFACE ${LIBURING_LIBRARY})
