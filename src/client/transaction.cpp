// The waits between the repetitions of a request.
#include "turnpike/client/transaction.hpp"

namespace turnpike::client {

RetransmissionTimer::Due RetransmissionTimer::advance(TimePoint now) {
  if (now < deadline_) return Due::nothing;
  if (sends_ == kSendsMax) return Due::give_up;
  ++sends_;
  wait_ = sends_ == kSendsMax ? kLastWaitRtos * kRto : 2 * wait_;
  deadline_ = now + wait_;
  return Due::send_again;
}

}  // namespace turnpike::client
