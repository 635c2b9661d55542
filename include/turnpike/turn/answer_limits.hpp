// How many unverified answers each source gets, of each kind.
#pragma once

#include <cstdint>

#include "turnpike/base/answer_limiter.hpp"

namespace turnpike::turn {

// What the workers of a server share: each kind has budgets of its own, so that one flood does not silence
// what comes in another way.
struct AnswerLimits {
  explicit AnswerLimits(std::uint32_t per_second)
      : bindings(per_second),
        challenges(per_second),
        guesses(per_second),
        requests_of_streams(per_second),
        handshakes(kPromptHandshakes) {}

  // What an office's browsers begin in a second; who begins more is no worse off while there is nobody else.
  static constexpr std::uint32_t kPromptHandshakes = 50;

  AnswerLimiter bindings;    // over UDP
  AnswerLimiter challenges;  // over UDP: refusals of requests that nobody has signed
  AnswerLimiter guesses;     // over UDP: signatures that do not hold, under a nonce that is the client's own
  AnswerLimiter requests_of_streams;
  AnswerLimiter handshakes;  // that come before those of others
};

}  // namespace turnpike::turn
