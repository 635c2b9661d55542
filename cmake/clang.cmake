# Builds with the newest clang that is installed.
include(${CMAKE_CURRENT_LIST_DIR}/newest.cmake)
find_newest(CMAKE_CXX_COMPILER clang++)
