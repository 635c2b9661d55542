// The ends of the help texts of commands that talk to the server.
#pragma once

namespace turnpike::console {

inline constexpr const char* kStatusExamples =
    R"(Examples:
  turnpike status
  turnpike status --control.socket /run/turnpike/control.sock --json
)";
inline constexpr const char* kSessionsExamples =
    R"(Examples:
  turnpike sessions
  turnpike sessions --room standup
  turnpike sessions --user PA_Xk3b --json

Each has its id, with which `turnpike end` can end it and the log tells of it. Bits per second are
those between the two latest readings, one to ten seconds apart. --json is an object a line.
)";
inline constexpr const char* kTopExamples =
    R"(Examples:
  turnpike top
  turnpike top --once

On a terminal it goes on until q or Ctrl-C, and looks again every two seconds.
)";
inline constexpr const char* kExplainExamples =
    R"(Examples:
  turnpike explain PA_Xk3b
  turnpike explain 203.0.113.7
  turnpike explain 203.0.113.7:51234 --json

The server remembers 4096 refusals a worker, and 1024 challenges. A name is `unproven` where the
request was not signed with its password. Exit code 1: no refusal is of that client or user.
)";
inline constexpr const char* kEndExamples =
    R"(Examples:
  turnpike end 0001000000000a2c
  turnpike end PA_Xk3b
  turnpike end --room standup

It tells what it ends. Clients may allocate again: see `turnpike bar`. Exit code 1: there is none.
)";
inline constexpr const char* kBarExamples =
    R"(Examples:
  turnpike bar PA_Xk3b
  turnpike bar alice --for 86400
  turnpike bar alice --for 0

That LiveKit says the user is there again does not lift this bar. A restart does.
)";
inline constexpr const char* kDrainExamples =
    R"(Examples:
  turnpike drain
  turnpike drain --wait 3600
  turnpike drain --fleet
  turnpike drain --fleet --wait 14400 --return 60

Exit code 1: there are allocations left after so long. The server goes on draining then.
With --fleet one node after the other drains, this one last, each within --wait (an hour). The next
one is asked when as many nodes serve as before, so something must start them again: see
docs/fleet.md. Once the command has ended, by Ctrl-C too, nobody else is asked to drain.
)";
inline constexpr const char* kFleetExamples =
    R"(Examples:
  turnpike fleet
  turnpike fleet --json

LOAD is the share of the workers' time or of the ports, whichever is more, and PORTS those that are
taken. Numbers of other nodes are as old as their last word, 5 seconds or less.
)";
inline constexpr const char* kReloadExamples =
    R"(Examples:
  turnpike reload
  turnpike reload --control.socket /run/turnpike/control.sock

It waits until the server has done it. Exit code 2: the server goes on with what it had, and why.
)";
inline constexpr const char* kLogLevelExamples =
    R"(Examples:
  turnpike log-level
  turnpike log-level debug

It holds until the next reload, which takes log.level of the configuration.
)";
inline constexpr const char* kCertificatesExamples =
    R"(Examples:
  turnpike certificates
  turnpike certificates --json
)";

}  // namespace turnpike::console
