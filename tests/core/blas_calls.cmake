# Fails unless core/linalg/blas_check.cpp checks every BLAS and LAPACK routine that core calls, directly or through
# Eigen. If a new one is called, add it to `BlasCalls`, to the check and here.
set(checked cblas_sgemm cblas_ssymm cblas_ssyrk cblas_strmm cblas_strsm dsyev_ sgemv_ sgeqrf_ sorgqr_ spotrf_ ssyevd_
    strtri_)
execute_process(COMMAND ${NM} --undefined-only ${LIBRARY} OUTPUT_VARIABLE symbols COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL " U (cblas_[a-z0-9_]+|[sdcz][a-z0-9]+_)\n" calls "${symbols}")
list(TRANSFORM calls REPLACE " U ([a-z0-9_]+)\n" "\\1")
list(REMOVE_DUPLICATES calls)
list(SORT calls)
if(NOT calls STREQUAL checked)
  message(FATAL_ERROR "core calls    ${calls}\nchecked are   ${checked}")
endif()
