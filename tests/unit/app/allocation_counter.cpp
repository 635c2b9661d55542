// The counting operator new of the network tests, for this program too.
#include "unit/net/allocation_counter.cpp"  // NOLINT(bugprone-suspicious-include)
