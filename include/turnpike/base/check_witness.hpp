// Who is told of a TURNPIKE_CHECK that does not hold, beside standard error.
#pragma once

namespace turnpike {

// Told before the process aborts, on the thread that has failed; it must not throw. Null: nobody is told.
using CheckWitness = void (*)(const char* expression, const char* file, int line);
void set_check_witness(CheckWitness witness);

}  // namespace turnpike
