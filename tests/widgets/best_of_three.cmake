# cmake -DTEST=PROGRAM -P best_of_three.cmake: passes when the program passes once in three times. Only for limits on
# processor time, which other programs on the machine can lengthen (caches, memory) and never shorten.
foreach(attempt RANGE 1 3)
  execute_process(COMMAND ${TEST} RESULT_VARIABLE result)
  if(result EQUAL 0)
    return()
  endif()
endforeach()
message(FATAL_ERROR "${TEST} failed three times")
