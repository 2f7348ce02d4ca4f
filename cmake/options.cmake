# Compile options of every target; warnings as errors and sanitizers come from presets.
add_library(altmind_options INTERFACE)
# Fuse multiply-adds only where Eigen or BLAS ask for it, not wherever the compiler finds a product and a sum: learned
# bits must not depend on which files are compiled together or at which optimisation level.
target_compile_options(altmind_options INTERFACE -march=${ALTMIND_ARCH} -ffp-contract=off)
if(ALTMIND_UNITY)
  # In a unity build g++ treats a source file as a header and warns about its use of unnamed namespaces.
  target_compile_options(altmind_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()
target_include_directories(altmind_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)

# One static library per room: altmind_room(core SOURCES... ) makes target core, alias altmind::core.
function(altmind_room name)
  add_library(${name} STATIC ${ARGN})
  add_library(altmind::${name} ALIAS ${name})
  target_link_libraries(${name} PUBLIC altmind_options)
  set_target_properties(${name} PROPERTIES OUTPUT_NAME altmind_${name} LINKER_LANGUAGE CXX)
endfunction()
