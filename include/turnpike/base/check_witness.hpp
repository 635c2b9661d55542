// A function that is called when a TURNPIKE_CHECK fails.
#pragma once

namespace turnpike {

// Called before the process aborts, on the thread whose check failed. Must not throw.
using CheckWitness = void (*)(const char* expression, const char* file, int line);
// Sets the function to call; nullptr for none. Thread-safe.
void set_check_witness(CheckWitness witness);

}  // namespace turnpike
