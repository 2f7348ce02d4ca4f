# What every target of the project is compiled with; warnings as errors and sanitizers come from presets.
add_library(altmind_options INTERFACE)
# Products and sums become fused multiply-adds where Eigen or BLAS say so, not wherever the compiler sees both: what is
# learned does not depend, to the bit, on which files are compiled together or how far they are optimised.
target_compile_options(altmind_options INTERFACE -march=${ALTMIND_ARCH} -ffp-contract=off)
if(ALTMIND_UNITY)
  # Compiled with others, a file is a header to the compiler, whose unnamed namespaces would be one a file.
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
