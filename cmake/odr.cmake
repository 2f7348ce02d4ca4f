# Two different classes, functions or variables of one qualified name: no compiler sees both, and the linker keeps
# whichever it meets first. With link-time optimisation it sees the types of all files, and these warnings compare them.
set(altmind_odr_flags -flto=2 -Wodr -Wlto-type-mismatch -Werror)

if(ALTMIND_ODR)
  set(CMAKE_AR gcc-ar)  # an archive's index of such objects needs the compiler's plugin
  set(CMAKE_RANLIB gcc-ranlib)
  add_compile_options(${altmind_odr_flags})
  add_link_options(${altmind_odr_flags})
endif()
