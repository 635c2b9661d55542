// One request on its way: what was asked, the bytes to repeat, and when (RFC 8489 6.2.1, 6.2.2).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/client/long_term_auth.hpp"
#include "turnpike/client/request.hpp"

namespace turnpike::client {

inline constexpr Duration kRto = std::chrono::milliseconds(500);
inline constexpr int kSendsMax = 7;                 // Rc
inline constexpr int kLastWaitRtos = 16;            // Rm
inline constexpr Duration kStreamWait = 79 * kRto;  // Ti = 39.5 s, as long as all waits of a datagram

class RetransmissionTimer {
 public:
  // `now` is when the request is sent first. A stream repeats nothing.
  RetransmissionTimer(bool stream, TimePoint now)
      : sends_(stream ? kSendsMax : 1), deadline_(now + (stream ? kStreamWait : kRto)) {}

  TimePoint deadline() const { return deadline_; }

  enum class Due { nothing, send_again, give_up };
  // What the passing of time demands; send_again sets the next deadline.
  Due advance(TimePoint now);

 private:
  int sends_;
  Duration wait_ = kRto;
  TimePoint deadline_;
};

struct Transaction {
  Request request;
  stun::TransactionId id;
  std::vector<std::uint8_t> bytes;
  std::optional<Signature> signature = {};  // none: sent without credentials
  RetransmissionTimer timer;
  int challenges = 0;           // 401 and 438 that this request has met so far
  bool saw_unverified = false;  // an answer with wrong or missing integrity came and was dropped
};

}  // namespace turnpike::client
