// How many unverified answers each source gets, of each kind.
#pragma once

#include <cstdint>

#include "turnpike/base/answer_limiter.hpp"

namespace turnpike::turn {

// Holds the budgets of answers to unverified sources, one budget for each kind, so that a flood of one kind
// does not silence the others. Thread-safe: all workers of a server share one.
struct AnswerLimits {
  // `per_second`: answers per source and second of each kind but handshakes; 0 = no limit.
  explicit AnswerLimits(std::uint32_t per_second)
      : bindings(per_second),
        challenges(per_second),
        guesses(per_second),
        stream_requests(per_second),
        handshakes(kPromptHandshakes) {}

  // TLS handshakes per source and second that are served before those of others: as many as an office's
  // browsers begin. Further handshakes wait for a free moment.
  static constexpr std::uint32_t kPromptHandshakes = 50;

  AnswerLimiter bindings;    // Binding responses over UDP
  AnswerLimiter challenges;  // refusals of unsigned requests over UDP
  AnswerLimiter guesses;     // wrong signatures over UDP under a nonce that the client was given
  // Requests over TCP and TLS of clients without an allocation, and wrong signatures of clients with one.
  AnswerLimiter stream_requests;
  AnswerLimiter handshakes;  // handshakes that are served first
};

}  // namespace turnpike::turn
