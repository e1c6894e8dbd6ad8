# build/faults/ringfs.node, for the nth-fault loop over public calls: the product's own object files, linked with the
# fault plan. Made only when it is asked for: cmake --build build --target ringfs_faults
include(${CMAKE_CURRENT_LIST_DIR}/../fault_points.cmake)

add_library(ringfs_faults SHARED EXCLUDE_FROM_ALL
  ${entry}
  $<TARGET_OBJECTS:ringfs_objects>
  ${CMAKE_CURRENT_LIST_DIR}/addon_faults.cc
  ${CMAKE_CURRENT_LIST_DIR}/../engine/fault_plan.cc)
set_target_properties(ringfs_faults PROPERTIES
  OUTPUT_NAME ringfs PREFIX "" SUFFIX ".node" LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/faults)
target_link_libraries(ringfs_faults PRIVATE ringfs_options)
target_compile_definitions(ringfs_faults PRIVATE
  RINGFS_FAULTS_IN_NODE
  # addon_faults.cc is what Node enters, and calls the product's.
  napi_register_module_v1=ringfs_product_init
  node_api_module_get_api_version_v1=ringfs_product_api_version)
stand_between(ringfs_faults)
