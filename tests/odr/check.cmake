# Checks that merging two files with different classes of one name fails with FLAGS, and that the error names both
# classes. The plain linker accepts them.
# cmake -DCOMPILER=c++ -DFLAGS=... -DSOURCES=dir -DPROGRAM=path -P check.cmake
set(objects)
foreach(name main answer)
  list(APPEND objects ${PROGRAM}_${name}.o)
  execute_process(COMMAND ${COMPILER} -std=c++20 -flto -ffat-lto-objects -c ${SOURCES}/${name}.cpp -o ${PROGRAM}_${name}.o
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND ${COMPILER} -fno-lto ${objects} -o ${PROGRAM} COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${COMPILER} ${FLAGS} ${objects} -o ${PROGRAM}.o RESULT_VARIABLE status ERROR_VARIABLE errors)
foreach(name Refusal Random)
  if(status EQUAL 0 OR NOT errors MATCHES "${name}[^\n]* violates the C\\+\\+ One Definition Rule")
    message(FATAL_ERROR "two classes called ${name} were not noticed (status ${status}): ${errors}")
  endif()
endforeach()
