// A request that waits for its answer, and the waits between its repetitions (RFC 8489 6.2.1, 6.2.2).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/client/long_term_auth.hpp"
#include "turnpike/client/request.hpp"

namespace turnpike::client {

// RTO: wait before the first repetition, doubled after each.
inline constexpr Duration kRto = std::chrono::milliseconds(500);
// Rc: times that a datagram is sent.
inline constexpr int kSendsMax = 7;
// Rm: wait after the last sending, in units of kRto.
inline constexpr int kLastWaitRtos = 16;
// Ti: wait for an answer on a stream, 39.5 s, as long as all waits of a datagram.
inline constexpr Duration kStreamWait = 79 * kRto;

// Says when a request is repeated and when it has failed.
class RetransmissionTimer {
 public:
  // `now`: when the request is first sent. Nothing is repeated on a stream.
  RetransmissionTimer(bool stream, TimePoint now)
      : sends_(stream ? kSendsMax : 1), deadline_(now + (stream ? kStreamWait : kRto)) {}

  TimePoint deadline() const { return deadline_; }

  enum class Due { nothing, send_again, give_up };
  // Returns what must be done at `now`; send_again sets the next deadline.
  Due advance(TimePoint now);

 private:
  int sends_;
  Duration wait_ = kRto;
  TimePoint deadline_;
};

// Holds one request that waits for its answer.
struct Transaction {
  Request request;
  stun::TransactionId id;
  std::vector<std::uint8_t> bytes;          // the whole message, to repeat unchanged
  std::optional<Signature> signature = {};  // nullopt: sent without credentials
  RetransmissionTimer timer;
  int challenges = 0;           // 401 and 438 responses so far
  bool saw_unverified = false;  // an answer with a wrong or missing signature was dropped
};

}  // namespace turnpike::client
