// turnpike: a TURN and STUN relay server that stands beside an SFU.
#include <unistd.h>

#include "turnpike/app/cli.hpp"

int main(int argc, char** argv) { return turnpike::app::run_command_line(argc, argv, environ); }
