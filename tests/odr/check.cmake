# Two files with two classes of one name do not link with FLAGS, and the error names both; without them they do.
# cmake -DCOMPILER=c++ -DFLAGS=... -DSOURCES=dir -DPROGRAM=path -P check.cmake
set(command ${COMPILER} -std=c++20 ${SOURCES}/main.cpp ${SOURCES}/answer.cpp -o ${PROGRAM})
execute_process(COMMAND ${command} RESULT_VARIABLE status ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "without the flags the two files should link: ${errors}")
endif()
execute_process(COMMAND ${command} ${FLAGS} RESULT_VARIABLE status ERROR_VARIABLE errors)
foreach(name Refusal Random)
  if(status EQUAL 0 OR NOT errors MATCHES "${name}[^\n]* violates the C\\+\\+ One Definition Rule")
    message(FATAL_ERROR "two classes called ${name} were not noticed (status ${status}): ${errors}")
  endif()
endforeach()
