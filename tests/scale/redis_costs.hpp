// What Redis needs for what nodes ask of it, as bench/fleet/redis_costs.py measured it.
#pragma once

#include <cstddef>

namespace turnpike::scale {

// Of redis-server 7.0.15 on one core of the benchmark's machine, over loopback. Redis works in turns: it
// reads from every connection that has something, does what was asked, and then writes to every connection
// that is owed something, once. So a message to 1,000 nodes costs 1,000 writes, and fifty messages of one
// turn hardly more. Microseconds.
struct RedisCosts {
  double connection_read = 5.0;   // the system's part, of a connection with commands
  double connection_write = 5.8;  // the same, of one with replies or messages
  double write = 1.1;             // SET with an expiry
  double other = 1.0;             // PUBLISH to nobody, SET NX, DEL, EVALSHA
  double read = 1.2;              // GET and PTTL
  double delivery = 0.12;         // a message into the buffer of one subscriber
  double page = 14;               // SCAN, and then for each key that it sees, and for each name that it gives
  double key_of_page = 0.4;
  double name_of_page = 0.45;
  double kilobyte = 0.22;  // of what is read or sent
};

inline constexpr std::size_t kKeyBytes = 190;  // of memory, besides the key and its value
// A connection's commands of a turn: Redis reads 16 KiB of each.
inline constexpr std::size_t kCommandBytesOfTurn = 16384;

}  // namespace turnpike::scale
