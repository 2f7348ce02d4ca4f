# Finds different classes, functions or variables that share a qualified name. No compiler sees both, and the linker
# keeps whichever it meets first. Link-time optimisation reads the types of all files, and these warnings compare
# them while the files are merged; nothing is optimised or linked further.
set(altmind_odr_flags -flto=2 -r -nostdlib -flinker-output=rel -Wodr -Wlto-type-mismatch -Werror)

# altmind_odr(rooms...): adds a target that merges all files of the rooms. Fat objects hold machine code as well.
function(altmind_odr)
  set(archives)
  foreach(room ${ARGN})
    target_compile_options(${room} PRIVATE -flto -ffat-lto-objects)
    list(APPEND archives $<TARGET_FILE:${room}>)
  endforeach()
  add_custom_target(odr ${CMAKE_CXX_COMPILER} ${altmind_odr_flags} -Wl,--whole-archive ${archives} -o ${PROJECT_BINARY_DIR}/odr.o
    DEPENDS ${ARGN} COMMENT "Comparing the types of all files" VERBATIM)
endfunction()
